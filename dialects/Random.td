// Draws from an explicit key: pure functions of key and shape, the same bits wherever they run. No derivative.
#ifndef FLX_RANDOM
#define FLX_RANDOM
include "dialects/Base.td"

class Flx_Draw<string mnemonic, string formula> : Flx_Op<mnemonic, "Random", [Pure, Flx_NotDifferentiable]> {
  let summary = formula;
  let arguments = (ins Flx_Key:$key);
  let results = (outs Flx_Tensor<Floats>:$result);
  let assemblyFormat = "$key attr-dict `:` type($result)";
}

def Flx_RandomUniformOp : Flx_Draw<"random_uniform", "independent draws, uniform in [0, 1)">;
def Flx_RandomNormalOp  : Flx_Draw<"random_normal", "independent draws, normal with mean 0 and variance 1">;

def Flx_FoldInOp : Flx_Op<"fold_in", "Random", [Pure, Flx_NotDifferentiable]> {
  let summary = "a key independent of the given one for each datum, any tensor<i64>";
  let arguments = (ins Flx_Key:$key, Flx_Key:$data);
  let results = (outs Flx_Key:$result);
  let assemblyFormat = "$key `,` $data attr-dict";
}
#endif
