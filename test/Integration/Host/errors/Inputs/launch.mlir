// One launch, so that the device is used.
func.func @main() {
  %c1 = arith.constant 1 : index
  %m = gpu.alloc host_shared () : memref<4xi32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %n = arith.constant 42 : i32
    memref.store %n, %m[%c1] : memref<4xi32>
    gpu.terminator
  }
  %value = memref.load %m[%c1] : memref<4xi32>
  vector.print %value : i32
  return
}
