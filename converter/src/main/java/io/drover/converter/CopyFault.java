// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.schemas.Problem;

/** What a port throws when it is not so: the problem says what can be done about it. */
public final class CopyFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  public CopyFault(Problem problem) {
    super(problem.code() + ": " + problem);
    this.problem = problem;
  }

  public CopyFault(Problem problem, Throwable cause) {
    super(problem.code() + ": " + problem, cause);
    this.problem = problem;
  }

  public CopyFault(Problem.Kind kind, String code, String what, String remedy) {
    this(new Problem(kind, code, what, remedy));
  }

  public Problem problem() {
    return problem;
  }
}
