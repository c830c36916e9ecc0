/* The barrier of all members of a cooperative launch, as runtime/lib/Host/Gang.cpp and
 * lib/Conversion/LowerStages.cpp have it: a count of arrivals and a generation. Checks
 * that nobody leaves a meeting before all have come, over several meetings, and that
 * all leave. Memory is sequentially consistent here: what the orderings of the real
 * accesses are for, ThreadSanitizer and the lint of the PTX check.
 * With -DBROKEN the last to arrive opens the way before it resets the count.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define MEMBERS 3
#define MEETINGS 4

byte arrived;
bit generation; /* wraps around at once */
byte met[MEMBERS];

proctype member(byte me) {
  byte other, old;
  bit mine;
  do
  :: met[me] < MEETINGS ->
     met[me]++; /* the work that the others must see */
     mine = generation;
     atomic { old = arrived; arrived++ };
     if
     :: old == MEMBERS - 1 ->
#ifdef BROKEN
        generation = 1 - mine;
        arrived = 0
#else
        arrived = 0;
        generation = 1 - mine
#endif
     :: else -> (generation != mine)
     fi;
     atomic {
       other = 0;
       do
       :: other < MEMBERS -> assert(met[other] >= met[me]); other++
       :: else -> break
       od
     }
  :: else -> break
  od
}

init {
  byte i = 0;
  atomic {
    do
    :: i < MEMBERS -> run member(i); i++
    :: else -> break
    od
  }
}
