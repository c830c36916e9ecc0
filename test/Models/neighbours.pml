/* The meeting of neighbours, as Gang::neighbours and LowerStages.cpp have it: each
 * member counts its meetings in its own word and waits until those at most one away
 * have come as far. Checks that nobody goes on before its neighbours have come, that
 * nobody gets more than one meeting ahead of them, so that a count of two bits is
 * enough to tell who is behind, and that all leave. Memory is sequentially consistent
 * here, as in grid-barrier.pml.
 * With -DBROKEN a member does not wait for the one after it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define MEMBERS 4
#define MEETINGS 5

byte count[MEMBERS]; /* modulo 4 */
byte met[MEMBERS];   /* the work that neighbours must see: never wraps around */

/* The signed difference of two counts of two bits is negative. */
#define IS_BEHIND(theirs, mine) (((theirs + 4 - mine) % 4) >= 2)

proctype member(byte me) {
  byte mine;
  do
  :: met[me] < MEETINGS ->
     met[me]++;
     mine = (count[me] + 1) % 4;
     count[me] = mine;
     if
     :: me > 0 -> (!IS_BEHIND(count[me - 1], mine)); assert(met[me - 1] >= met[me])
     :: else
     fi;
     if
     :: me < MEMBERS - 1 ->
#ifndef BROKEN
        (!IS_BEHIND(count[me + 1], mine));
#endif
        assert(met[me + 1] >= met[me]);
        assert(met[me + 1] <= met[me] + 1)
     :: else
     fi
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
