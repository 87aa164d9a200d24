#!/usr/bin/env python3
"""Hard inputs through the command line: each ends with a numbered error (or, where it is merely large, with its result) within
a second of processor time, and clean under sanitizers. The formats are also fuzzed, below the command line, by RuntimeTests."""
import os
import random
import struct
import unittest

from acceptance import AcceptanceTest, floats, gzipped, idx, npy, npz

MODEL = """fn axpy(a: f32, x: f32[N], y: f32[N]) -> f32[N] = a * x + y
fn pick(x: f32[N], i: i32[K]) -> f32[K] = gather(x, i, axis = 0)
fn total(x: f32[N]) = sum(x)
fn whole(x: i64[N]) = sum(x)
fn product(A: f32[M,K], B: f32[K,N]) = A @ B
fn even(x: f32[2*N]) = sum(x)
fn two(x: f32[N]) = x[0:2]
struct P { w: f32[D], b: f32 }
fn both(p: P, x: f32[D]) -> (f32, f32[D]) = (dot(p.w, x) + p.b, p.w * x)
"""


class Sources(AcceptanceTest):
    def check(self, text, number):
        self.write("m.flx", text)
        return self.refuses(number, "check", "m.flx")

    def test_a_megabyte_on_one_line(self):
        self.check("fn f(x: f32) -> f32 = " + " + ".join(["x"] * 250_000), "E0108")
        self.check("a" * 1_000_000, "E0105")
        self.check('"' + "a" * 1_000_000, "E0102")
        self.check("1" * 1_000_000, "E0103")
        self.check("$" * 1_000_000, "E0101")
        self.check("fn f(x: f32[N]) = " + "-" * 1_000_000 + "x", "E0108")
        self.check("fn f(x: f32[" + "N + " * 250_000 + "1]) = x", "E0108")
        self.check("fn f(x: f32[" + ",".join(f"N{i}" for i in range(100_000)) + "]) = x", "E0305")
        self.check("fn f(x: f32) = x + {" + "a: 1, " * 150_000 + "}", "E01..")
        self.check("fn f(x: f32) = g(" + "x, " * 300_000 + ")", "E0...")
        for large in ["fn f(x: f32) { " + "let y = x * x; " * 66_000 + "y }", "fn f(x: f32) = (" + "x, " * 300_000 + ")",
                      "fn f(" + ", ".join(f"x{i}: f32" for i in range(70_000)) + ") = x0", ";" * 1_000_000,
                      "".join(f"fn f{i}(x: f32) = x;" for i in range(40_000))]:
            self.write("m.flx", large)
            outcome = self.succeeds("check", "m.flx")
            self.assertLess(len(outcome.errors), 100_000)

    def test_deep_nesting(self):
        for begin, end in ("()", "[]", "{}", ("sin(", ")"), ("-", ""), ("if x > 0 then ", ""), ("not ", "")):
            self.check("fn f(x: f32) -> f32 = " + begin * 100_000 + "x" + end * 100_000, "E0108")
            self.check("fn f(x: f32) -> f32 = " + begin * 100_000, "E0108")
        self.check("fn f(x: " + "(" * 100_000 + "f32" + ")" * 100_000 + ") = 1", "E0108")
        self.check("fn f(x: f32) = x" + ".T" * 100_000, "E0108")
        self.check("fn f(x: f32) = x" + "^x" * 100_000, "E0108")

    def test_bytes_that_are_no_text(self):
        self.check(b"fn f(x: f32) = x \xff\xfe + 1\n", "E0104")
        self.check(b"fn f(x: f32) = x\0 + 1\n", "E0104")
        self.check("fn f(x: f32) = x".encode("utf-16"), "E0104")
        self.check(b"\0" * 1_000_000, "E0104")
        self.check(b"\xff" * 1_000_000, "E0104")
        self.check(b"fn f(x: f32) = x \xc3", "E0104")
        self.check(b"fn f(x: f32) = \xed\xa0\x80x", "E0104")
        noise = random.Random(1)
        for _ in range(20):
            self.check(noise.randbytes(3000), "E0...")
        self.write("bom.flx", b"\xef\xbb\xbffn f(x: f32) = x\n")
        self.succeeds("check", "bom.flx")

    def test_what_is_no_file(self):
        self.write("empty.flx", "")
        self.succeeds("check", "empty.flx")
        self.refuses("E0707", "run", "empty.flx:f")
        self.refuses("E0720", "train", "empty.flx")
        os.mkdir(self.path("folder.flx"))
        self.refuses("E0601", "check", "folder.flx")
        self.refuses("E0601", "check", "gone.flx")
        self.refuses("E0601", "check", "/dev/zero")
        self.succeeds("check", "/dev/null")

    def test_extents_beyond_numbers(self):
        self.check("fn f(x: f32[" + "(N + 1) * " * 40 + "1]) = x", "E0315")
        self.check("fn f(x: f32[9223372036854775807, 9223372036854775807]) = mean(x)", "E0305")
        self.check("fn f(x: f32[99999999999999999999999]) = x", "E0315")
        self.check("fn f(x: f32[N*N]) = x", "E0404")

    def test_words_in_any_order(self):
        """Mutations of a program: characters doubled, dropped and swapped. No verdict, but always one."""
        noise = random.Random(2)
        for _ in range(150):
            text = list(MODEL)
            for _ in range(noise.randint(1, 8)):
                at = noise.randrange(len(text))
                text[at] = noise.choice(["", text[at] * 2, noise.choice("(){}[],:;=+-*@/.~ fnlet0x1e\n\"")])
            self.write("m.flx", "".join(text))
            outcome = self.fluxion("check", "m.flx")
            self.assertIn(outcome.status, (0, 1), outcome.errors[:1000])
            self.assertEqual(outcome.status == 1, bool(outcome.numbers), outcome.errors[:1000])


class Calls(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.write("m.flx", MODEL)

    def axpy(self, *words):
        return ["run", "m.flx:axpy", "a=1", "x=ones", "y=ones", *words]

    def test_absurd_extents(self):
        for extent in ("-1", "99999999999999999999", "", "1.5", "0x10", "1e3", "three"):
            self.refuses("E0706", *self.axpy("--dim", "N=" + extent), status=2)
        self.refuses("E0706", *self.axpy("--dim", "=3"), status=2)
        self.refuses("E0706", *self.axpy("--dim", "N=3", "--dim", "N=4"), status=2)
        for extent in (10 ** 18, 2 ** 63 - 1, 2 ** 62):
            self.refuses("E0712|E0803|E0715", *self.axpy("--dim", f"N={extent}"))
        self.refuses("E0711", *self.axpy("--dim", "Q=3"))
        self.succeeds(*self.axpy("--dim", "N=0"))
        for extents in ((3037000500, 3037000500, 3), (2 ** 31, 1, 2 ** 31), (10 ** 6, 1, 10 ** 6), (10 ** 18, 2, 2)):
            dims = [word for name, n in zip("MKN", extents) for word in ("--dim", f"{name}={n}")]
            self.refuses("E0712|E0803|E0715", "run", "m.flx:product", "A=ones", "B=ones", *dims)
        for verb in ("ir", "describe", "verify"):
            self.refuses("E0712|E0803", verb, "m.flx:product", "--dim", f"M={10 ** 18}", "--dim", "K=2", "--dim", "N=2")
            self.succeeds(verb, "m.flx:product", "--dim", "M=2", "--dim", "K=0", "--dim", "N=0")
        self.refuses("E0710", "run", "m.flx:even", "x=[1,2,3]")
        self.refuses("E0811", "run", "m.flx:two", "x=[1]")

    def test_wrong_arguments(self):
        self.refuses("E0704", *self.axpy("z=1"))
        self.refuses("E0709", *self.axpy("a=2"))
        self.refuses("E0703", "run", "m.flx:axpy", "a=1", "x=[1]")
        self.refuses("E0706", "run", "m.flx:axpy", "a", status=2)
        self.refuses("E0710", "run", "m.flx:axpy", "a=[1,2]", "x=[1]", "y=[2]")
        self.refuses("E0710", "run", "m.flx:axpy", "a=1", "x=[1,2]", "y=[2]")
        self.refuses("E0708", "run", "m.flx:axpy", "a=true", "x=[1]", "y=[1]")
        self.refuses("E0610", "run", "m.flx:pick", "x=[1]", "i=[0.5]")
        self.refuses("E0610", "run", "m.flx:pick", "x=[1]", "i=[99999999999]")
        self.refuses("E0714", "run", "m.flx:pick", "x=[1,2]", "i=[-1]")
        self.refuses("E0708", "run", "m.flx:both", "p=[3]", "x=[1]")
        self.succeeds("run", "m.flx:both", "p=3", "x=[1]")  # as p=ones, every leaf
        self.refuses("E0704", "run", "m.flx:both", "p.q=[1]", "x=[1]")
        self.refuses("E0707", "run", "m.flx:axpi")
        self.refuses("E0807", *self.axpy("--dim", "N=2", "--cpu", "pdp11"))
        self.refuses("E0706", "explain", "../../etc/passwd", status=2)
        for value in ("", "@", "1e400", "[" * 60_000, "[1,", "[[1],2]", "random:x", "zeros:1"):
            self.refuses("E0706", "run", "m.flx:total", "x=" + value, status=2)
        self.assertIn("9007199254740993", self.succeeds("run", "m.flx:whole", "x=[9007199254740993]").output)

    def test_results_that_cannot_be_kept(self):
        for path, number, status in (("gone/x.npy", "E0615", 1), ("/proc/x.npy", "E0615", 1), ("x", "E0706", 2)):
            self.refuses(number, "run", "m.flx:total", "x=[1]", "-o", path, status=status)
        os.symlink("/dev/full", self.path("full.npy"))
        self.refuses("E0615", "run", "m.flx:total", "x=[1]", "-o", "full.npy")


class Arrays(AcceptanceTest):
    GOOD = floats([1, 2, 3])

    def setUp(self):
        super().setUp()
        self.write("m.flx", MODEL)

    def total(self, name, data, number):
        self.write(name.split(":")[0], data)
        words = ["run", "m.flx:total", "x=@" + name]
        return self.refuses(number, *words) if number else self.succeeds(*words)

    def test_npy(self):
        self.total("x.npy", self.GOOD, None)
        for number, data in (
                ("E0603", npy(bytes(8), (3,))), ("E0603", npy(bytes(8), (10 ** 12,))), ("E0605", npy(bytes(8), (2 ** 40, 2 ** 40))),
                ("E0605", npy(bytes(8), (-3,))), ("E0607", self.GOOD + b"xx"), ("E0606", npy(bytes(24), (3,), "|O")),
                ("E0606", npy(bytes(24), (3,), "<c8")), ("E0710", npy(bytes(16), (2, 2))), ("E0604", npy(b"", (), header="{" * 50_000)),
                ("E0604", npy(b"", (), header="{'descr': '<f4', 'fortran_order': False, 'shape': (3")), ("E0603", b"\x93NUMPY"),
                ("E0606", b"\x93NUMPY\x09\0\x10\0" + b"x" * 16), ("E0604", b"\x93NUMPY\x02\0\xff\xff\xff\xff" + b"x" * 16),
                ("E0603", b""), ("E0602", random.Random(3).randbytes(1000)), ("E0710", npy(bytes(4), (1,) * 40))):
            self.total("x.npy", data, number)
        os.mkdir(self.path("folder.npy"))
        os.mkfifo(self.path("pipe.npy"))
        for name in ("folder.npy", "pipe.npy", "gone.npy"):
            self.refuses("E0601", "run", "m.flx:total", "x=@" + name)

    def test_npz(self):
        self.total("x.npz:x", npz({"x.npy": self.GOOD}), None)
        for number, data in (
                ("E0608", npz({"x.npy": self.GOOD}, crc=5)), ("E0605", npz({"x.npy": self.GOOD}, offset=1000)),
                ("E0605", npz({"x.npy": self.GOOD}, offset=2 ** 31)), ("E0605", npz({"x.npy": self.GOOD}, size=2 ** 31)),
                ("E0604", npz({"x.npy": self.GOOD}, size=10)), ("E0603", npz({"x.npy": self.GOOD})[:60]),
                ("E0609", npz({"y.npy": self.GOOD})), ("E0602", b""), ("E0602", random.Random(4).randbytes(1000))):
            self.total("x.npz:x", data, number)

    def test_gzip(self):
        good = gzipped(idx(bytes([1, 2, 3]), (3,)))
        self.total("x.idx.gz", good, None)
        for length in range(len(good)):
            self.total("x.idx.gz", good[:length], "E0603")
        self.total("x.idx.gz", good[:-8] + b"12345678", "E0608")
        self.total("x.idx.gz", good + b"more", "E0607")
        self.total("x.idx.gz", gzipped(idx(b"\1", (3_000_000_000,))), "E0603")
        self.total("x.idx.gz", gzipped(idx(b"\1", (4_294_967_295,) * 255)), "E0605")
        self.total("x.idx.gz", gzipped(idx(bytes(100_000_000), (10,))), "E0607")
        self.total("x.npy.gz", gzipped(npy(bytes(10), (10 ** 9,))), "E0603")

    def test_csv(self):
        for number, text in (("E0612", "1,2\n3"), ("E0612", ""), ("E0612", "1," * 300_000), ("E0612", '"' * 100_001)):
            self.total("x.csv", text, number)

    def test_safetensors(self):
        header = ('{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},'
                  '"b":{"dtype":"F32","shape":[],"data_offsets":[12,16]}}')

        def tensors(text, data=bytes(16)):
            return struct.pack("<Q", len(text)) + text.encode() + data

        self.write("p.safetensors", tensors(header))
        call = ["run", "m.flx:both", "p=@p.safetensors", "x=[1,2,3]"]
        self.succeeds(*call)
        for number, data in (
                ("E0603", tensors(header, bytes(10))), ("E0603", tensors(header)[:40]), ("E0603", b""),
                ("E0604", struct.pack("<Q", 2 ** 63) + b"{}"), ("E0604", struct.pack("<Q", 2 ** 40) + b"{}"),
                ("E0613", tensors(header.replace("12,16", "8,12"), bytes(12))), ("E0613", tensors(header.replace("12,16", "-4,0"))),
                ("E0613", tensors(header.replace("12,16", "16,20"), bytes(20))), ("E0604", tensors('{"w":' + "[" * 100_000)),
                ("E0604", tensors("null")), ("E0613", tensors(header[:-1] + "," + header[1:])),
                ("E0703", tensors(header.replace('"w"', '"q"'))), ("E0710", tensors(header.replace("[3]", "[1,3]"))),
                ("E0606", tensors(header.replace("F32", "Q99"))), ("E0605", tensors(header.replace("[3]", "[4611686018427387904,4]"))),
                ("E0604", random.Random(5).randbytes(1000))):
            self.write("p.safetensors", data)
            self.refuses(number, *call)


if __name__ == "__main__":
    unittest.main(verbosity=2)
