// A stream of several PTX modules would be none. A program with two of them needs a
// folder, which gets a file of each.
// RUN: rm -rf %t && mkdir -p %t/folder
// RUN: expect-exit.sh 2 vyre-compile %s --emit=ptx -o %t/both.ptx 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: expect-exit.sh 2 vyre-compile %s --emit=ptx -o - 2>&1 | FileCheck %s --check-prefix=FILE --implicit-check-not=.version
// RUN: ls %t | FileCheck %s --check-prefix=NOTHING --implicit-check-not=both
// RUN: vyre-compile %s --emit=ptx -o %t/folder
// RUN: ls %t/folder | FileCheck %s --check-prefix=FOLDER
// RUN: FileCheck %s --check-prefix=FIRST < %t/folder/first.ptx
// RUN: FileCheck %s --check-prefix=SECOND < %t/folder/second.ptx
// A folder is no output of another form.
// RUN: expect-exit.sh 2 vyre-compile %s --emit=llvm -o %t/folder 2>&1 | FileCheck %s --check-prefix=LLVM

// FILE: vyre-compile: error: the program has 2 kernel modules; with -o name a folder that exists, for a file of each
// NOTHING: folder
// FOLDER: first.ptx
// FOLDER-NEXT: second.ptx
// FIRST-COUNT-1: .version
// FIRST: .entry one
// FIRST-NOT: .version
// SECOND-COUNT-1: .version
// SECOND: .entry two
// SECOND-NOT: .version
// LLVM: cannot write '{{.*}}folder': Is a directory
module attributes {gpu.container_module} {
  gpu.module @first {
    gpu.func @one(%m: memref<4xi32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 1 : i32
      memref.store %v, %m[%t] : memref<4xi32>
      gpu.return
    }
  }
  gpu.module @second {
    gpu.func @two(%m: memref<4xi32>) kernel {
      %t = gpu.thread_id x
      %v = arith.constant 2 : i32
      memref.store %v, %m[%t] : memref<4xi32>
      gpu.return
    }
  }
  func.func @main(%m: memref<4xi32>) {
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    gpu.launch_func @first::@one blocks in (%c1, %c1, %c1) threads in (%c4, %c1, %c1)
        args(%m : memref<4xi32>)
    gpu.launch_func @second::@two blocks in (%c1, %c1, %c1) threads in (%c4, %c1, %c1)
        args(%m : memref<4xi32>)
    return
  }
}
