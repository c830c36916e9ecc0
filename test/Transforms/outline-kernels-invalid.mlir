// What cannot be outlined is an error that names the symbol.
// RUN: vyre-opt %s --vyre-outline-kernels --split-input-file --verify-diagnostics

func.func private @elsewhere()
func.func @external(%n: index) {
  // expected-error @+1 {{kernel calls @elsewhere, which has no body}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %n, %gz = %n)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %n, %sz = %n) {
    func.call @elsewhere() : () -> ()
    gpu.terminator
  }
  return
}

// -----

memref.global @state : memref<4xf32> = dense<0.0>
func.func @reads_state() -> memref<4xf32> {
  %s = memref.get_global @state : memref<4xf32>
  return %s : memref<4xf32>
}
func.func @mutable_global(%n: index) {
  // expected-error @+1 {{a function called by a kernel uses the mutable global @state}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %n, %gz = %n)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %n, %sz = %n) {
    %s = func.call @reads_state() : () -> memref<4xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @nested(%n: index) {
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %n, %gz = %n)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %n, %sz = %n) {
    // expected-error @+1 {{'gpu.launch' op is inside a kernel: a kernel cannot launch another}}
    gpu.launch blocks(%bx1, %by1, %bz1) in (%gx1 = %n, %gy1 = %n, %gz1 = %n)
               threads(%tx1, %ty1, %tz1) in (%sx1 = %n, %sy1 = %n, %sz1 = %n) {
      gpu.terminator
    }
    gpu.terminator
  }
  return
}
