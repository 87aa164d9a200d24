// RUN: fluxion-opt %s --flx-simplify=fast-math --split-input-file | FileCheck %s

// Transposes and repetitions fold into what they feed; scalars move out.
// CHECK-LABEL: func @operands
// CHECK-SAME: (%[[A:.*]]: tensor<4x3xf64>, %[[B:.*]]: tensor<4x5xf64>, %[[S:.*]]: tensor<f64>)
// CHECK-DAG: %[[P:.*]] = flx.einsum "ji,jk->ik"(%[[A]], %[[B]])
// CHECK-DAG: %[[SB:.*]] = flx.broadcast %[[S]] dims [] : tensor<f64> -> tensor<3x5xf64>
// CHECK: %[[R:.*]] = flx.mul %[[P]], %[[SB]]
// CHECK: return %[[R]]
func.func @operands(%a: tensor<4x3xf64>, %b: tensor<4x5xf64>, %s: tensor<f64>) -> tensor<3x5xf64> {
  %0 = flx.transpose %a [1, 0] : tensor<4x3xf64> -> tensor<3x4xf64>
  %1 = flx.broadcast %s dims [] : tensor<f64> -> tensor<4x5xf64>
  %2 = flx.mul %1, %b : tensor<4x5xf64>
  %3 = flx.einsum "ij,jk->ik"(%0, %2) : (tensor<3x4xf64>, tensor<4x5xf64>) -> tensor<3x5xf64>
  return %3 : tensor<3x5xf64>
}

// -----
// Ones disappear: Σ_j a_ij·1_j = Σ_j a_ij
// CHECK-LABEL: func @ones
// CHECK-SAME: (%[[A:.*]]: tensor<3x4xf64>)
// CHECK-NEXT: %[[S:.*]] = flx.sum %[[A]] axes [1]
// CHECK-NEXT: return %[[S]]
func.func @ones(%a: tensor<3x4xf64>) -> tensor<3xf64> {
  %one = flx.constant dense<1.0> : tensor<4xf64>
  %0 = flx.einsum "ij,j->i"(%a, %one) : (tensor<3x4xf64>, tensor<4xf64>) -> tensor<3xf64>
  return %0 : tensor<3xf64>
}

// -----
// Index notation: Σ_k a_ik·b_kj with repeated operands is a contraction.
// CHECK-LABEL: func @products
// CHECK-SAME: (%[[A:.*]]: tensor<3x4xf64>, %[[B:.*]]: tensor<4x5xf64>)
// CHECK-NEXT: %[[P:.*]] = flx.einsum "ab,bc->ac"(%[[A]], %[[B]])
// CHECK-NEXT: return %[[P]]
func.func @products(%a: tensor<3x4xf64>, %b: tensor<4x5xf64>) -> tensor<3x5xf64> {
  %0 = flx.broadcast %a dims [0, 1] : tensor<3x4xf64> -> tensor<3x4x5xf64>
  %1 = flx.broadcast %b dims [1, 2] : tensor<4x5xf64> -> tensor<3x4x5xf64>
  %2 = flx.mul %0, %1 : tensor<3x4x5xf64>
  %3 = flx.sum %2 axes [1] : tensor<3x4x5xf64> -> tensor<3x5xf64>
  return %3 : tensor<3x5xf64>
}

// -----
// A sum of elementwise work stays a sum.
// CHECK-LABEL: func @fused
// CHECK: flx.mul
// CHECK: flx.sum
func.func @fused(%a: tensor<3x4xf64>, %b: tensor<3x4xf64>) -> tensor<3xf64> {
  %0 = flx.mul %a, %b : tensor<3x4xf64>
  %1 = flx.sum %0 axes [1] : tensor<3x4xf64> -> tensor<3xf64>
  return %1 : tensor<3xf64>
}

// -----
// Nested contractions become one, unless the inner one is needed elsewhere. tr(ABᵀ) = Σ A∘B.
// CHECK-LABEL: func @nested
// CHECK-SAME: (%[[A:.*]]: tensor<3x4xf64>, %[[B:.*]]: tensor<3x4xf64>, %[[V:.*]]: tensor<3xf64>)
// CHECK-DAG: %[[T:.*]] = flx.einsum "ij,ij->"(%[[B]], %[[A]])
// CHECK-DAG: %[[P:.*]] = flx.einsum "ij,kj->ik"(%[[A]], %[[B]])
// CHECK-DAG: %[[Q:.*]] = flx.einsum "ik,k->i"(%[[P]], %[[V]])
// CHECK: return %[[T]], %[[P]], %[[Q]]
func.func @nested(%a: tensor<3x4xf64>, %b: tensor<3x4xf64>, %v: tensor<3xf64>) -> (tensor<f64>, tensor<3x3xf64>, tensor<3xf64>) {
  %0 = flx.einsum "ij,kj->ik"(%b, %a) : (tensor<3x4xf64>, tensor<3x4xf64>) -> tensor<3x3xf64>
  %1 = flx.einsum "ii->"(%0) : (tensor<3x3xf64>) -> tensor<f64>
  %2 = flx.einsum "ij,kj->ik"(%a, %b) : (tensor<3x4xf64>, tensor<3x4xf64>) -> tensor<3x3xf64>
  %3 = flx.einsum "ik,k->i"(%2, %v) : (tensor<3x3xf64>, tensor<3xf64>) -> tensor<3xf64>
  return %1, %2, %3 : tensor<f64>, tensor<3x3xf64>, tensor<3xf64>
}

// -----
// Nothing summed: products that elementwise code fuses. A·x + A·y = A·(x + y). Equal contractions in other letters are shared.
// CHECK-LABEL: func @merged
// CHECK-SAME: (%[[A:.*]]: tensor<3x4xf64>, %[[X:.*]]: tensor<4xf64>, %[[Y:.*]]: tensor<4xf64>)
// CHECK-DAG: %[[S:.*]] = flx.add %[[X]], %[[Y]]
// CHECK-DAG: %[[P:.*]] = flx.einsum "ij,j->i"(%[[A]], %[[S]])
// CHECK-DAG: %[[XB:.*]] = flx.broadcast %[[X]] dims [0]
// CHECK-DAG: %[[YB:.*]] = flx.broadcast %[[Y]] dims [1]
// CHECK-DAG: %[[O:.*]] = flx.mul %[[XB]], %[[YB]]
// CHECK-DAG: %[[Z:.*]] = flx.einsum "ij,i->j"
// CHECK: return %[[P]], %[[O]], %[[Z]], %[[Z]]
func.func @merged(%a: tensor<3x4xf64>, %x: tensor<4xf64>, %y: tensor<4xf64>)
    -> (tensor<3xf64>, tensor<4x4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %0 = flx.einsum "ij,j->i"(%a, %x) : (tensor<3x4xf64>, tensor<4xf64>) -> tensor<3xf64>
  %1 = flx.einsum "ij,j->i"(%a, %y) : (tensor<3x4xf64>, tensor<4xf64>) -> tensor<3xf64>
  %2 = flx.add %0, %1 : tensor<3xf64>
  %3 = flx.einsum "i,j->ij"(%x, %y) : (tensor<4xf64>, tensor<4xf64>) -> tensor<4x4xf64>
  %4 = flx.sin %2 : tensor<3xf64>
  %5 = flx.einsum "ij,i->j"(%a, %4) : (tensor<3x4xf64>, tensor<3xf64>) -> tensor<4xf64>
  %6 = flx.einsum "n,nd->d"(%4, %a) : (tensor<3xf64>, tensor<3x4xf64>) -> tensor<4xf64>
  return %2, %3, %5, %6 : tensor<3xf64>, tensor<4x4xf64>, tensor<4xf64>, tensor<4xf64>
}
