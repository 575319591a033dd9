// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.Obstacle;
import io.drover.schemas.Problem;

/** How a port says no: an exception that carries what a brain can judge and a person act on. */
public final class Trouble extends Obstacle {
  private static final long serialVersionUID = 1;

  /** The problem as the cause of everything that follows. */
  public Trouble(Problem problem, Throwable cause) {
    super(problem, cause);
  }

  /** The problem alone. */
  public Trouble(Problem problem) {
    super(problem);
  }

  /** The other system cannot be reached or is busy. */
  public static Trouble unavailable(String code, String what, String remedy) {
    return new Trouble(new Problem(Problem.Kind.UNAVAILABLE, code, what, remedy));
  }

  /** It may come out when tried again. */
  public static Trouble passing(String code, String what, String remedy) {
    return new Trouble(new Problem(Problem.Kind.TRANSIENT, code, what, remedy));
  }

  /** No is the answer. */
  public static Trouble refused(String code, String what, String remedy) {
    return new Trouble(new Problem(Problem.Kind.REFUSED, code, what, remedy));
  }

  /** It could not be observed. */
  public static Trouble unknown(String code, String what, String remedy) {
    return new Trouble(new Problem(Problem.Kind.UNKNOWN, code, what, remedy));
  }
}
