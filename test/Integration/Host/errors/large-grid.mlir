// Grids that no GPU takes, in every form: an error, no hang and no overflow.
// DEFINE: %{size} = 1099511627776
// DEFINE: %{x} = %%size
// DEFINE: %{y} = %%c1
// DEFINE: %{check} = sed 's/SIZE/%{size}/; s/GX/%{x}/; s/GY/%{y}/' %s > %t.mlir && \
// DEFINE:   expect-exit.sh 3 vyre-run %t.mlir --device=host --mode=plain 2>&1 | FileCheck %s --implicit-check-not='error:' && \
// DEFINE:   expect-exit.sh 3 vyre-run %t.mlir --device=host --mode=graph 2>&1 | FileCheck %s --implicit-check-not='error:' && \
// DEFINE:   expect-exit.sh 3 vyre-run %t.mlir --device=host --mode=persistent 2>&1 | FileCheck %s --implicit-check-not='error:'
// RUN: %{check}
// REDEFINE: %{size} = 9223372036854775807
// RUN: %{check}
// REDEFINE: %{size} = 2147483648
// RUN: %{check}
// REDEFINE: %{size} = 65536
// REDEFINE: %{x} = %%c1
// REDEFINE: %{y} = %%size
// RUN: %{check}
// CHECK: vyre-run: error: launch of kernel 'main_0' at {{.*}}: grid ({{[0-9]+, [0-9]+}}, 1) is too large: at most 2147483647 x 65535 x 65535 blocks

// The largest that fits.
// RUN: sed 's/SIZE/65535/; s/GX/%%c1/; s/GY/%%size/' %s > %t.fits.mlir
// RUN: vyre-run %t.fits.mlir --device=host --mode=plain | FileCheck %s --check-prefix=FITS
// RUN: vyre-run %t.fits.mlir --device=host --mode=persistent | FileCheck %s --check-prefix=FITS
// FITS: 42
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = arith.constant 42 : i32
  %zero = arith.constant 0 : i32
  %size_value = arith.constant SIZE : index
  %cell = memref.alloc() : memref<1xindex>
  memref.store %size_value, %cell[%c0] : memref<1xindex>
  %size = memref.load %cell[%c0] : memref<1xindex>
  %m = memref.alloc() : memref<4xi32>
  memref.store %zero, %m[%c1] : memref<4xi32>
  scf.for %i = %c0 to %c2 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = GX, %gy = GY, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
      // One block: the others would race with it.
      %place = arith.addi %bx, %by : index
      %first = arith.cmpi eq, %place, %c0 : index
      scf.if %first {
        memref.store %n, %m[%c1] : memref<4xi32>
      }
      gpu.terminator
    }
  }
  %value = memref.load %m[%c1] : memref<4xi32>
  vector.print %value : i32
  return
}
