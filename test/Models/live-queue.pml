/* The live queue, as runtime/lib/Core/LiveQueue.cpp and runtime/lib/Host/QueueTeam.cpp
 * have it (docs/live-queue.md): a host that pushes, drains and closes, and the members of
 * a resident kernel, of which member 0 polls the ring, may leave whenever all is done,
 * and is started again by whoever waits. Checks that every member runs every item once
 * and in order, that an item begins when it may, that no slot is written while it is in
 * use, that what is drained is done, and that everybody ends. Which items are concurrent
 * is not determined; now and then one is in order whatever was asked for.
 * Memory is sequentially consistent here: what the orderings of the real accesses are
 * for, ThreadSanitizer and the lint of the PTX check.
 * Mistakes to be found, one at a time:
 *  -DBROKEN         waiting for exactly the sum: who is late never sees it
 *  -DBROKEN_REUSE   the host fills a slot one item too early
 *  -DBROKEN_LEAVE   member 0 leaves while others still run items
 *  -DBROKEN_DONE    `done` is published when member 0 alone is done
 *  -DBROKEN_AFTER   a concurrent item does not wait for the one in order before it
 *  -DBROKEN_RESTART a waiting host does not look whether the kernel has left
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define MEMBERS 2
#define SLOTS 3
#define ITEMS 5

/* The ring. Slots hold the number of their item. */
byte slot[SLOTS];
bit concurrent[SLOTS];
byte tail, done, first;
bool closed, gone;

/* The device's own. */
byte published, arrived;
bool leave; /* with `published`: no more come in this run */
byte inside; /* members that have not ended */

/* What really happened. */
byte began[ITEMS], ended[ITEMS]; /* by how many members */
bit wasConcurrent[ITEMS];

#define SUM(n) ((n - first) * MEMBERS)
#ifdef BROKEN
#define ALL_ARRIVED(n) (arrived == SUM(n))
#else
#define ALL_ARRIVED(n) (arrived >= SUM(n))
#endif

/* Item n, by one member: it finds it in its slot, and nothing that it needs is missing. */
inline runItem() {
  d_step {
    assert(slot[at % SLOTS] == at);
    assert(began[at] < MEMBERS);
    began[at]++;
    /* In order: all before it have ended. Concurrent: all up to the last in order. */
    other = at;
    needed = !wasConcurrent[at];
    do
    :: other > 0 ->
       other--;
       needed = needed || !wasConcurrent[other];
       assert(!needed || ended[other] == MEMBERS)
    :: else -> break
    od
  };
  d_step {
    assert(slot[at % SLOTS] == at); /* still */
    ended[at]++
  }
}

proctype member(byte me) {
  byte at, other;
  bit ordered, after, needed;
  at = first;
  after = 0;
  do
  :: /* Wait for an item. */
     if
     :: me == 0 ->
        if
        :: tail > at -> published = tail
        :: tail == at ->
#ifndef BROKEN_LEAVE
           ALL_ARRIVED(at);
#endif
#ifndef BROKEN_DONE
           done = at;
#endif
           if
           :: tail > at -> published = tail
           :: closed && tail == at -> leave = true; break
           /* Nothing has come for too long. The real one announces that it leaves and
            * looks once more; a push that comes later still must not be lost. */
           :: !closed && tail == at -> leave = true; gone = true; break
           fi
        fi
     :: else ->
        if
        :: published > at
        :: leave && published == at -> break
        fi
     fi;
     do
     :: at < published ->
        ordered = !concurrent[at % SLOTS];
#ifdef BROKEN_AFTER
        after = 0;
#endif
        if
        :: ordered || after ->
           ALL_ARRIVED(at);
           if
           :: me == 0 -> done = at
           :: else
           fi
        :: else
        fi;
        after = ordered;
        runItem();
        arrived++;
        at++
#ifdef BROKEN_DONE
        ;
        if
        :: me == 0 -> done = at
        :: else
        fi
#endif
     :: else -> break
     od
  od;
  inside--
}

/* The stream runs one kernel after the other. */
inline start() {
  (inside == 0);
  d_step {
    first = done;
    published = done;
    arrived = 0;
    leave = false;
    inside = MEMBERS
  };
  atomic {
    run member(0);
    run member(1)
  }
}

/* Waits until `n` items are done; starts a kernel that has left again. */
inline waitFor(n) {
  do
  :: done >= n -> break
#ifndef BROKEN_RESTART
  :: done < n && gone -> gone = false; start()
#endif
  od
}

inline checkDone(n) {
  d_step {
    i = 0;
    do
    :: i < n -> assert(ended[i] == MEMBERS); i++
    :: else -> break
    od
  }
}

active proctype host() {
  byte n = 0, i;
  bit free;
  start();
  do
  :: n < ITEMS ->
     /* Back-pressure. */
#ifdef BROKEN_REUSE
     if
     :: n > SLOTS -> waitFor(n - SLOTS)
     :: else
     fi;
#else
     if
     :: n >= SLOTS -> waitFor(n - SLOTS + 1)
     :: else
     fi;
#endif
     if
     :: n % SLOTS != 0 -> free = 1 /* concurrent */
     :: free = 0
     fi;
     slot[n % SLOTS] = n;
     concurrent[n % SLOTS] = free;
     wasConcurrent[n] = free;
     n++;
     tail = n;
     if /* A read of a result in between. */
     :: waitFor(n); checkDone(n)
     :: skip
     fi
  :: else -> break
  od;
  closed = true;
  waitFor(n);
  (inside == 0);
  checkDone(ITEMS);
  assert(done == ITEMS)
}
