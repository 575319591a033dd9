// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Finds yavijava's classes and fields by the names that are on the wire. */
final class VimTypes {
  private static final Map<String, Optional<Class<?>>> CLASSES = new ConcurrentHashMap<>();
  private static final Map<Class<?>, Map<String, Field>> FIELDS = new ConcurrentHashMap<>();

  private VimTypes() {}

  /** The class of this vSphere type, or null when the library is too old to know it. */
  static @Nullable Class<?> find(String vimType) {
    return CLASSES.computeIfAbsent(vimType, VimTypes::load).orElse(null);
  }

  private static Optional<Class<?>> load(String vimType) {
    if (!vimType.matches("[A-Za-z0-9_]+")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Class.forName("com.vmware.vim25." + vimType));
    } catch (ClassNotFoundException | LinkageError absent) {
      return Optional.empty();
    }
  }

  /** The public fields of this class by their names on the wire. */
  static Map<String, Field> fields(Class<?> type) {
    return FIELDS.computeIfAbsent(
        type,
        of -> {
          Map<String, Field> byName = new HashMap<>();
          for (Field field : of.getFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
              String name = field.getName();
              byName.put(name.startsWith("_") ? name.substring(1) : name, field);
            }
          }
          return byName;
        });
  }
}
