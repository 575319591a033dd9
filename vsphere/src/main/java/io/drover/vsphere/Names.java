// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.Optional;

/** Knows the objects around a virtual machine, as far as they were read. */
interface Names {
  /** Knows nothing: for a machine read alone. */
  Names NONE = new Names() {};

  /** The object's name, empty when unknown. */
  default String name(Moref object) {
    return "";
  }

  /** The object above this one in the inventory. */
  default Optional<Moref> parent(Moref object) {
    return Optional.empty();
  }

  /** The distributed port group with this key. */
  default Optional<Moref> portGroup(String key) {
    return Optional.empty();
  }

  /** The opaque network with this id. */
  default Optional<Moref> opaqueNetwork(String id) {
    return Optional.empty();
  }

  /** The name of a custom attribute, its key when unknown. */
  default String attribute(String key) {
    return key;
  }
}
