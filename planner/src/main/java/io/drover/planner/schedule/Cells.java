// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;

/**
 * What lies in which window, as a packing of vectors: a cell is one resource in one window, and
 * knows by how much what lies in it is too much. Few pieces are lined up around what else is on the
 * board; of many the work is counted. Each resource is looked at for itself, so all cells can be
 * well and the board may still say no. To move a unit costs a look at each cell it takes of; what
 * was lined up once is remembered.
 */
final class Cells {
  private static final int REMEMBERED = 1 << 18;

  /** Places to try for a line that fills a cell. */
  private static final int TRIES = 200_000;

  private final Problem problem;
  private final int windows;
  private final Cell[] cells;

  /** Per unit of those that are packed, what it takes of each resource. */
  private final Piece[][] pieces;

  private final Cell[] touched;
  private int touchedCount;
  private final long[] keys;
  private final int[] values;
  private final LineUp lineUp = new LineUp();
  private final int[] amounts = new int[LineUp.MOST];
  private final int[] lengths = new int[LineUp.MOST];

  /**
   * What one job takes of one resource.
   *
   * @param cell index of the resource's cell in the first window
   * @param mark luck that tells it from others
   */
  private record Piece(int unit, int job, int cell, int amount, int length, long mark) {}

  /** One resource in one window. */
  private static final class Cell {
    final int capacity;
    final Timeline.Free open;
    final long room;
    Piece[] in = new Piece[8];
    int size;
    long work;

    /** What is in it and how its window looks, in 64 bits. */
    long key;

    int over;
    boolean dirty;

    Cell(int capacity, Timeline.Free open) {
      this.capacity = capacity;
      this.open = open;
      long sum = 0;
      for (int s = 0; s < open.amounts().length; s++) {
        sum += (long) open.amounts()[s] * (open.begins()[s + 1] - open.begins()[s]);
      }
      this.room = sum;
    }

    void change(Piece piece, int sign) {
      work += (long) sign * piece.amount() * piece.length();
      key ^= piece.mark();
    }
  }

  /**
   * Empty cells.
   *
   * @param board without the cutovers of the units
   * @param units those that are packed; here they are called by their place in this array
   */
  Cells(Problem problem, Board board, int[] units, List<Calendar.Interval> open, SplitMix random) {
    this.problem = problem;
    this.windows = open.size();
    var first = new HashMap<Integer, Integer>();
    var all = new ArrayList<Cell>();
    var shapes = new HashMap<List<Integer>, Long>();
    this.pieces = new Piece[units.length][];
    for (int i = 0; i < units.length; i++) {
      var takes = new ArrayList<Piece>();
      for (int j : problem.units().get(units[i]).jobs()) {
        Activity cutover = problem.jobs().get(j).cutover();
        for (int k = 0; k < cutover.resource().length; k++) {
          int r = cutover.resource()[k];
          // Of what is consumed it does not matter when.
          if (cutover.amount()[k] == 0 || problem.resources().get(r).consumed()) {
            continue;
          }
          int cell =
              first.computeIfAbsent(
                  r,
                  of -> {
                    int next = all.size();
                    int capacity = problem.resources().get(of).capacity();
                    for (Calendar.Interval window : open) {
                      var it = new Cell(capacity, board.free(of, window.from(), window.to()));
                      it.key = shapes.computeIfAbsent(shape(it), s -> random.next());
                      all.add(it);
                    }
                    return next;
                  });
          int amount = cutover.amount()[k];
          takes.add(new Piece(i, j, cell, amount, cutover.length()[k], random.next()));
        }
      }
      pieces[i] = takes.toArray(Piece[]::new);
    }
    this.cells = all.toArray(Cell[]::new);
    this.touched = new Cell[cells.length];
    int lines = Math.min(REMEMBERED, 512 * Integer.highestOneBit(units.length));
    this.keys = new long[lines];
    this.values = new int[lines];
  }

  /** Cells of one shape take the same lines. */
  private static List<Integer> shape(Cell cell) {
    var shape = new ArrayList<Integer>();
    shape.add(cell.capacity);
    for (int s = 0; s < cell.open.amounts().length; s++) {
      shape.add(cell.open.amounts()[s]);
      shape.add(cell.open.begins()[s + 1] - cell.open.begins()[s]);
    }
    return shape;
  }

  int count() {
    return cells.length;
  }

  /** By how many seconds what is in a cell is too much; 0 is well. */
  int over(int cell) {
    return cells[cell].over;
  }

  /** The cell of the same resource in another window. */
  int in(int cell, int window) {
    return cell - cell % windows + window;
  }

  /** A unit of a cell, by luck; -1 if it is empty. */
  int unitOf(int cell, SplitMix random) {
    Cell it = cells[cell];
    return it.size == 0 ? -1 : it.in[random.below(it.size)].unit();
  }

  /** Puts a unit into a window; {@link #settled} says what that does. */
  void put(int unit, int window) {
    for (Piece piece : pieces[unit]) {
      Cell cell = touched(piece.cell() + window);
      if (cell.size == cell.in.length) {
        cell.in = Arrays.copyOf(cell.in, 2 * cell.size);
      }
      cell.in[cell.size++] = piece;
      cell.change(piece, 1);
    }
  }

  /** Takes a unit out of its window. */
  void take(int unit, int window) {
    for (Piece piece : pieces[unit]) {
      Cell cell = touched(piece.cell() + window);
      int at = 0;
      while (cell.in[at] != piece) {
        at++;
      }
      cell.in[at] = cell.in[--cell.size];
      cell.change(piece, -1);
    }
  }

  private Cell touched(int index) {
    Cell cell = cells[index];
    if (!cell.dirty) {
      cell.dirty = true;
      touched[touchedCount++] = cell;
    }
    return cell;
  }

  /** By how many seconds more than at the last call all cells together are over. */
  long settled() {
    long more = 0;
    for (int i = 0; i < touchedCount; i++) {
      Cell cell = touched[i];
      cell.dirty = false;
      int over = tooMuch(cell);
      more += over - cell.over;
      cell.over = over;
    }
    touchedCount = 0;
    return more;
  }

  private int tooMuch(Cell cell) {
    long late = cell.work - cell.room;
    boolean crowd = cell.size > LineUp.MOST;
    if (cell.size == 0 || (crowd && late <= 0)) {
      return 0;
    }
    // What is far too much needs no line. What is a little too much does: else it would seem better
    // than what is not too much, but does not line up.
    if (crowd || late > cell.room / 5) {
      return (int) Math.min(Calendar.END / 2, (late + cell.capacity - 1) / cell.capacity);
    }
    int slot = (int) (cell.key & (keys.length - 1));
    if (keys[slot] != cell.key) {
      keys[slot] = cell.key;
      values[slot] = lineUp(cell);
    }
    return values[slot];
  }

  private int lineUp(Cell cell) {
    for (int i = 0; i < cell.size; i++) {
      amounts[i] = cell.in[i].amount();
      lengths[i] = cell.in[i].length();
    }
    return lineUp.late(cell.size, amounts, lengths, cell.open, cell.capacity);
  }

  /** What each unit takes of each resource, in amount times seconds. */
  long[][] work() {
    long[][] work = new long[pieces.length][cells.length / windows];
    for (int u = 0; u < pieces.length; u++) {
      for (Piece piece : pieces[u]) {
        work[u][piece.cell() / windows] += (long) piece.amount() * piece.length();
      }
    }
    return work;
  }

  /** What is free in each window of each resource, in amount times seconds. */
  long[][] room() {
    long[][] room = new long[windows][cells.length / windows];
    for (int cell = 0; cell < cells.length; cell++) {
      room[cell % windows][cell / windows] = cells[cell].room;
    }
    return room;
  }

  /** When each job of the problem begins in the smallest of its cells that is lined up, else 0. */
  int[] begins() {
    int[] begins = new int[problem.jobs().size()];
    int[] smallest = new int[begins.length];
    Arrays.fill(smallest, LineUp.MOST + 1);
    Arrays.stream(cells)
        .filter(cell -> cell.size > 0 && cell.size <= LineUp.MOST)
        .sorted(Comparator.comparingInt(cell -> cell.size))
        .forEach(cell -> begins(cell, begins, smallest));
    return begins;
  }

  private void begins(Cell cell, int[] begins, int[] smallest) {
    boolean late = lineUp(cell) > 0;
    int[] full = {};
    if (late && Arrays.stream(cell.in, 0, cell.size).anyMatch(p -> smallest[p.job()] > cell.size)) {
      full = new FullLine(cell.size, amounts, lengths, cell.open).begins(TRIES);
    }
    for (int i = 0; i < cell.size; i++) {
      int j = cell.in[i].job();
      if (cell.size < smallest[j]) {
        smallest[j] = cell.size;
        begins[j] = full.length > 0 ? full[i] : lineUp.start(i);
      }
    }
  }
}
