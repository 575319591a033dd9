// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that is not as a version of a plan took it to be: a reason to plan again.
 *
 * @param subject VM key text, wave id, or what of the target there is too little of
 * @param name as people know it
 * @param what is otherwise, in words that go on after the name
 */
public record Drift(Kind kind, String subject, String name, String what) {
  /** What happened to the subject. */
  public enum Kind {
    /** A VM of the plan is not there any more. */
    GONE,
    /** A VM that the plan means was not there, or not free to go, when it was made. */
    NEW,
    /** A VM, or the room at the target, is another than the plan was made of. */
    CHANGED,
    /** A journey of the plan did not end at its target. */
    FAILED,
    /** A wave did not begin or end when it was to. */
    SLIPPED
  }

  /** A sentence without its full stop. */
  public String words() {
    return name + " " + what;
  }

  /** A sentence each, and one for those that are only counted. */
  public static List<String> words(List<Drift> drifts, int more) {
    var words = new ArrayList<>(drifts.stream().map(Drift::words).toList());
    if (more > 0) {
      words.add("and " + more + " more");
    }
    return words;
  }
}
