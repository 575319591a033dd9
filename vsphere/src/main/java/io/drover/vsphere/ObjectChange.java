// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.Map;

/**
 * One object of the inventory that appeared, changed, or went away.
 *
 * @param kind which of the three
 * @param moref the object
 * @param changed the properties that are new or different, by their paths; {@link VimData#ABSENT}
 *     for one that is not set any more; empty for one that left
 */
public record ObjectChange(Kind kind, Moref moref, Map<String, VimData> changed) {
  /** What happened to an object. */
  public enum Kind {
    /** It is there, and was not known before. */
    ENTER,
    /** It is different from before. */
    MODIFY,
    /** It is gone, or out of the account's sight. */
    LEAVE
  }
}
