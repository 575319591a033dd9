// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.Problem;

/**
 * How what lies beneath a hand says that it is not so, through as many calls as there are between:
 * it carries the problem that the brain judges by. A hand answers with {@link Outcome.Failed};
 * where one lets it through, the body does.
 */
public abstract class Obstacle extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  /** The problem, and where it came from. */
  protected Obstacle(Problem problem, Throwable cause) {
    super(problem.code() + ": " + problem, cause);
    this.problem = problem;
  }

  /** The problem alone. */
  protected Obstacle(Problem problem) {
    super(problem.code() + ": " + problem);
    this.problem = problem;
  }

  /** What the brain is told. */
  public final Problem problem() {
    return problem;
  }
}
