// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.Fact;
import java.util.ArrayList;
import java.util.List;

/** What a brain made of an input: facts to fold and keep, letters to other keys and brains. */
public record Decision<F extends Fact>(List<F> facts, List<Letter> letters) {
  public Decision {
    facts = List.copyOf(facts);
    letters = List.copyOf(letters);
  }

  /** Nothing happened: a duplicate, or too late to matter. */
  public static <F extends Fact> Decision<F> nothing() {
    return new Decision<>(List.of(), List.of());
  }

  @SafeVarargs
  public static <F extends Fact> Decision<F> of(F... facts) {
    return new Decision<>(List.of(facts), List.of());
  }

  /** This decision with more facts behind its own. */
  @SafeVarargs
  public final Decision<F> and(F... more) {
    var all = new ArrayList<F>(facts);
    all.addAll(List.of(more));
    return new Decision<>(all, letters);
  }

  /** This decision with more letters behind its own. */
  public Decision<F> tell(Letter... more) {
    var all = new ArrayList<>(letters);
    all.addAll(List.of(more));
    return new Decision<>(facts, all);
  }

  /** Both, this one first. */
  public Decision<F> then(Decision<F> next) {
    var moreFacts = new ArrayList<>(facts);
    moreFacts.addAll(next.facts);
    var moreLetters = new ArrayList<>(letters);
    moreLetters.addAll(next.letters);
    return new Decision<>(moreFacts, moreLetters);
  }
}
