// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

import java.util.List;

/**
 * A repeated element that knows its element type, because as a property value it becomes an ArrayOf
 * type.
 */
public record VimArray(String elementType, List<?> items) {
  public VimArray {
    items = List.copyOf(items);
  }

  /** An array of references to managed objects. */
  public static VimArray refs(List<Moref> refs) {
    return new VimArray("ManagedObjectReference", refs);
  }

  /** An array of strings. */
  public static VimArray strings(List<String> strings) {
    return new VimArray("string", strings);
  }

  /** An array of data objects (or of subtypes) of the given schema type. */
  public static VimArray of(String elementType, List<?> items) {
    return new VimArray(elementType, items);
  }
}
