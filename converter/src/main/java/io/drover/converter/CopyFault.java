// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.engine.Obstacle;
import io.drover.schemas.Problem;

/** What a port throws when it is not so: the problem says what can be done about it. */
public final class CopyFault extends Obstacle {
  private static final long serialVersionUID = 1;

  public CopyFault(Problem problem) {
    super(problem);
  }

  public CopyFault(Problem problem, Throwable cause) {
    super(problem, cause);
  }

  public CopyFault(Problem.Kind kind, String code, String what, String remedy) {
    this(new Problem(kind, code, what, remedy));
  }
}
