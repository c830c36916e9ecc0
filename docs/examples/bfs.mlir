// Breadth-first search: how many steps is each node away from node 0?
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Round r finds the nodes at distance r + 1. The first kernel lets every node
// without a distance look at its neighbours; if one of them belongs to the
// present frontier, the node gets its distance and is marked. The second kernel
// makes the marked nodes the next frontier and counts them in one shared
// counter. The host reads that counter: a round that found nothing is the last.
//
// Why it is here: how often the loop runs is known only when it ends, and the
// host needs four bytes from the GPU in every round to find out. As a persistent
// kernel the whole search, exit test and counting of rounds included, is one
// launch: all threads read the counter, one thread clears it for the next round.
//
// The graph has 4,096 nodes with four neighbours each: a ring for two of them,
// and two long-distance links. It prints the number of rounds, the number of
// nodes found, the distances of eight nodes, and a hash over all distances.

func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// Node %node has the neighbours %links[%node, 0 .. 3]. Edges have a direction.
func.func private @build(%links: memref<?x4xi32>, %nodes: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%v) = (%c0) to (%nodes) step (%c1) {
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c5 = arith.constant 5 : index
    %c19 = arith.constant 19 : index
    %c173 = arith.constant 173 : index
    %up = arith.addi %v, %c1 : index
    %next = arith.remui %up, %nodes : index
    %far = arith.addi %v, %nodes : index
    %down = arith.subi %far, %c5 : index
    %previous = arith.remui %down, %nodes : index
    %scaled = arith.muli %v, %c19 : index
    %moved = arith.addi %scaled, %c173 : index
    %jump = arith.remui %moved, %nodes : index
    %half = arith.divui %v, %c2 : index
    %l0 = arith.index_cast %next : index to i32
    %l1 = arith.index_cast %previous : index to i32
    %l2 = arith.index_cast %jump : index to i32
    %l3 = arith.index_cast %half : index to i32
    memref.store %l0, %links[%v, %c0] : memref<?x4xi32>
    memref.store %l1, %links[%v, %c1] : memref<?x4xi32>
    memref.store %l2, %links[%v, %c2] : memref<?x4xi32>
    memref.store %l3, %links[%v, %c3] : memref<?x4xi32>
    scf.reduce
  }
  return
}

// Fills %distance (-1: out of reach) and returns the number of rounds.
func.func private @search(%links: memref<?x4xi32>, %distance: memref<?xi32>,
                          %nodes: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %none = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %unknown = arith.constant -1 : i32

  %frontier = memref.alloc(%nodes) : memref<?xi32>
  %marked = memref.alloc(%nodes) : memref<?xi32>
  %found = memref.alloc() : memref<1xi32>
  scf.parallel (%v) = (%c0) to (%nodes) step (%c1) {
    %root = arith.cmpi eq, %v, %c0 : index
    %in = arith.select %root, %one, %none : i32
    %start = arith.select %root, %none, %unknown : i32
    memref.store %start, %distance[%v] : memref<?xi32>
    memref.store %in, %frontier[%v] : memref<?xi32>
    memref.store %none, %marked[%v] : memref<?xi32>
    scf.reduce
  }

  %rounds = scf.while (%round = %none) : (i32) -> i32 {
    %next_round = arith.addi %round, %one : i32
    memref.store %none, %found[%c0] : memref<1xi32>
    scf.parallel (%v) = (%c0) to (%nodes) step (%c1) {
      %have = memref.load %distance[%v] : memref<?xi32>
      %open = arith.cmpi eq, %have, %unknown : i32
      scf.if %open {
        %hit = scf.for %e = %c0 to %c4 step %c1 iter_args(%seen = %none) -> i32 {
          %u32 = memref.load %links[%v, %e] : memref<?x4xi32>
          %u = arith.index_cast %u32 : i32 to index
          %in = memref.load %frontier[%u] : memref<?xi32>
          %either = arith.ori %seen, %in : i32
          scf.yield %either : i32
        }
        %reached = arith.cmpi ne, %hit, %none : i32
        scf.if %reached {
          memref.store %next_round, %distance[%v] : memref<?xi32>
          memref.store %one, %marked[%v] : memref<?xi32>
        }
      }
      scf.reduce
    }
    scf.parallel (%v) = (%c0) to (%nodes) step (%c1) {
      %new = memref.load %marked[%v] : memref<?xi32>
      memref.store %new, %frontier[%v] : memref<?xi32>
      memref.store %none, %marked[%v] : memref<?xi32>
      %is_new = arith.cmpi ne, %new, %none : i32
      scf.if %is_new {
        %before = memref.atomic_rmw addi %one, %found[%c0] : (i32, memref<1xi32>) -> i32
      }
      scf.reduce
    }
    %count = memref.load %found[%c0] : memref<1xi32>
    %more = arith.cmpi sgt, %count, %none : i32
    scf.condition(%more) %next_round : i32
  } do {
  ^bb0(%round: i32):
    scf.yield %round : i32
  }

  memref.dealloc %found : memref<1xi32>
  memref.dealloc %marked : memref<?xi32>
  memref.dealloc %frontier : memref<?xi32>
  return %rounds : i32
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c10 = arith.constant 10 : index
  %c500 = arith.constant 500 : index
  %nodes = arith.constant 4096 : index
  %zero = arith.constant 0 : i32

  %links = memref.alloc(%nodes) : memref<?x4xi32>
  %distance = memref.alloc(%nodes) : memref<?xi32>
  call @build(%links, %nodes) : (memref<?x4xi32>, index) -> ()
  %rounds = call @search(%links, %distance, %nodes)
      : (memref<?x4xi32>, memref<?xi32>, index) -> i32

  // One pass over the result: count what was found and hash the distances.
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %prime = arith.constant 0x100000001b3 : i64
  %hash, %reached = scf.for %v = %c0 to %nodes step %c1
      iter_args(%h = %basis, %count = %zero) -> (i64, i32) {
    %d = memref.load %distance[%v] : memref<?xi32>
    %word = arith.extui %d : i32 to i64
    %mixed = arith.xori %h, %word : i64
    %next = arith.muli %mixed, %prime : i64
    %known = arith.cmpi sge, %d, %zero : i32
    %more = arith.extui %known : i1 to i32
    %total = arith.addi %count, %more : i32
    scf.yield %next, %total : i64, i32
  }

  %report = memref.alloc() : memref<10xi32>
  memref.store %rounds, %report[%c0] : memref<10xi32>
  memref.store %reached, %report[%c1] : memref<10xi32>
  scf.for %i = %c2 to %c10 step %c1 {
    %v = arith.muli %i, %c500 : index
    %wrapped = arith.remui %v, %nodes : index
    %d = memref.load %distance[%wrapped] : memref<?xi32>
    memref.store %d, %report[%i] : memref<10xi32>
  }
  %any = memref.cast %report : memref<10xi32> to memref<*xi32>
  call @printMemrefI32(%any) : (memref<*xi32>) -> ()
  %out = memref.alloc() : memref<1xi64>
  memref.store %hash, %out[%c0] : memref<1xi64>
  %out_any = memref.cast %out : memref<1xi64> to memref<*xi64>
  call @printMemrefI64(%out_any) : (memref<*xi64>) -> ()

  memref.dealloc %out : memref<1xi64>
  memref.dealloc %report : memref<10xi32>
  memref.dealloc %distance : memref<?xi32>
  memref.dealloc %links : memref<?x4xi32>
  return
}
