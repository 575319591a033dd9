// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** The ways out of a hold, each offered only where it is safe. */
public enum HoldExit {
  /** Try the step in doubt again. */
  RETRY,
  /** Go back: undo from the step in doubt. */
  ROLL_BACK,
  /** A person has looked and says the step in doubt is done. */
  ACCEPT,
  /** Leave everything as it is and end; a person takes over. */
  ABANDON
}
