// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * Why something did not come out, in words a person can act on.
 *
 * @param kind what can be done about it by machine
 * @param code stable, machine readable, kebab-case, for example {@code storage-class-missing}
 * @param what one sentence that names the thing
 * @param remedy one sentence that says what to do
 */
public record Problem(Kind kind, String code, String what, String remedy) {
  /** How a brain may react. */
  public enum Kind {
    /**
     * The other system cannot be reached or is busy: wait and try again, for as long as it takes.
     */
    UNAVAILABLE,
    /** It may well come out when tried again, a bounded number of times. */
    TRANSIENT,
    /** The answer is no: trying again will not help until a person changes something. */
    REFUSED,
    /** Bytes are not what they must be. */
    CORRUPT,
    /** What happened could not be observed: never forward from here. */
    UNKNOWN
  }

  @Override
  public String toString() {
    return what + " " + remedy;
  }
}
