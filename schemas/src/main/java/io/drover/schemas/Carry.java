// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;

/**
 * What of the things that people wrote on a source VM stands on its target as well. Custom
 * attributes and the note may hold passwords, and everybody who may see a VirtualMachine reads its
 * labels and annotations: so attributes go by name, and the note only when it is asked for.
 *
 * @param tags whether its tags become labels, and stand in an annotation as they were
 * @param attributes names of the custom attributes that become labels likewise
 * @param notes whether its note becomes an annotation; it is read from the vCenter when the target
 *     is defined and is in no event
 * @param prefix of the labels and annotations, a DNS name
 */
public record Carry(Boolean tags, List<String> attributes, boolean notes, String prefix) {
  public static final String PREFIX = "source.drover.io";

  /** The tags, and nothing that might be a secret. */
  public static final Carry DEFAULT = new Carry(true, List.of(), false, PREFIX);

  @SuppressWarnings("ConstantValue") // People leave out what is as always.
  public Carry {
    tags = tags == null || tags;
    attributes = attributes == null ? List.of() : List.copyOf(attributes);
    prefix = prefix == null || prefix.isBlank() ? PREFIX : prefix;
  }
}
