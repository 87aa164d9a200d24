"""What the acceptance tests share: the program under test, a folder for each test, and files of every format, written by hand
so that they can be written wrongly. From the environment: FLUXION, the program; FLUXION_SLOWNESS, how many times slower than a
release build it may be; FLUXION_CACHE_DIR, where compiled code is kept."""
import gzip
import os
import pathlib
import re
import resource
import shutil
import struct
import subprocess
import tempfile
import unittest
import zlib

FLUXION = os.environ.get("FLUXION", str(pathlib.Path(__file__).resolve().parents[2] / "build/bin/fluxion"))
SLOWNESS = float(os.environ.get("FLUXION_SLOWNESS", "1"))
HANGS = 120 * max(1.0, SLOWNESS / 4)  # seconds of the clock, on a machine that may be busy
# Memory that is not there is an answer, not a fault: malloc gives null without sanitizers too.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":allocator_may_return_null=1"
NUMBER = re.compile(r"error\[(E\d{4})\]")


class Outcome:
    def __init__(self, status, output, errors, seconds):
        self.status, self.output, self.errors, self.seconds = status, output, errors, seconds
        self.numbers = NUMBER.findall(errors)


def measured(action):
    """The action's value and the processor time its processes took: that of the clock means little on a busy machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    value = action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return value, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


class AcceptanceTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="fluxion-acceptance-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def fluxion(self, *words, **options):
        command = [FLUXION, *map(str, words)]
        done, seconds = measured(lambda: subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                                        stderr=subprocess.PIPE, timeout=HANGS, cwd=self.folder, **options))
        outcome = Outcome(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), seconds)
        self.assertNotRegex(outcome.errors, r"ERROR: \w*Sanitizer|runtime error:")
        return outcome

    def succeeds(self, *words, **options):
        outcome = self.fluxion(*words, **options)
        self.assertEqual(outcome.status, 0, f"{words}: {outcome.errors[:3000]}")
        return outcome

    def refuses(self, number, *words, seconds=1.0, status=1, **options):
        """The command ends with this status, an error of this number (a regular expression), within the time."""
        outcome = self.fluxion(*words, **options)
        shown = " ".join(map(str, words))[:200] + "\n" + outcome.errors[:1500]
        self.assertEqual(outcome.status, status, shown)
        self.assertTrue(outcome.numbers, shown)
        self.assertRegex(outcome.numbers[0], f"^(?:{number})$", shown)
        self.assertLess(outcome.seconds, seconds * SLOWNESS, shown)
        self.assertLess(len(outcome.errors), 100_000, "an error is for people to read")
        return outcome


# === files =============================================================================================================

def npy(data, shape, kind="<f4", header=None):
    text = header or "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (kind, "".join(f"{n}, " for n in shape))
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


def floats(values, shape=None, kind="f"):
    values = list(values)
    return npy(struct.pack(f"<{len(values)}{kind}", *values), shape or (len(values),), {"f": "<f4", "d": "<f8", "i": "<i4"}[kind])


def npz(members, crc=None, offset=0, size=None):
    """A zip archive of stored members; the last arguments make it lie."""
    body, directory = b"", b""
    for name, data in members.items():
        name = name.encode()
        check = zlib.crc32(data) if crc is None else crc
        stated = len(data) if size is None else size
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0, check, stated, stated, len(name), 0)
        directory += b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, len(body) + offset) + name
        body += b"PK\x03\x04" + common + name + data
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def idx(data, shape, kind=8):
    return struct.pack(">HBB", 0, kind, len(shape)) + b"".join(struct.pack(">I", n) for n in shape) + data


def gzipped(data):
    return gzip.compress(data, mtime=0)
