// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import org.jspecify.annotations.Nullable;

/**
 * Property paths as the property collector takes them: names with dots, and array elements by key
 * in brackets.
 */
final class PropertyPath {
  private PropertyPath() {}

  /** Faults with InvalidProperty unless the object has the path's first property. */
  static void check(Managed object, String path) {
    if (!object.propertyNames().contains(head(path))) {
      throw VimFault.invalidProperty(path);
    }
  }

  private static String head(String path) {
    int dot = path.indexOf('.');
    String first = dot < 0 ? path : path.substring(0, dot);
    int bracket = first.indexOf('[');
    return bracket < 0 ? first : first.substring(0, bracket);
  }

  /** The value at the path, or null if it or anything on the way is unset. */
  static @Nullable Object resolve(Managed object, String path) {
    check(object, path);
    String[] parts = path.split("\\.");
    Object value = element(object.property(head(path)), parts[0]);
    for (int i = 1; i < parts.length && value != null; i++) {
      if (!(value instanceof VimObject part)) {
        throw VimFault.invalidProperty(path);
      }
      int bracket = parts[i].indexOf('[');
      value = element(part.get(bracket < 0 ? parts[i] : parts[i].substring(0, bracket)), parts[i]);
    }
    return value;
  }

  private static @Nullable Object element(@Nullable Object value, String part) {
    int bracket = part.indexOf('[');
    if (bracket < 0 || !(value instanceof VimArray array)) {
      return value;
    }
    String key = part.substring(bracket + 1, part.length() - 1).replace("\"", "");
    for (Object item : array.items()) {
      if (item instanceof VimObject each && key.equals(String.valueOf(each.get("key")))) {
        return each;
      }
    }
    return null;
  }
}
