// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Anything with a reference and properties that the property collector can read and watch. */
public interface Managed {
  Moref ref();

  /** Rises with every change of a property; comparable between objects of one estate. */
  long version();

  /** Names of all top-level properties that the schema knows for this object. */
  List<String> propertyNames();

  /** The value of a top-level property, or null if it is unset. */
  @Nullable Object property(String name);
}
