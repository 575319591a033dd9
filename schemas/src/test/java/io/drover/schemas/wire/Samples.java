// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import io.drover.schemas.Receipt;
import io.drover.schemas.Sayings;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a filled sample of any record, the same every time: what the golden files hold. */
final class Samples {
  private Samples() {}

  static Object of(Class<?> type) {
    return value(type, "");
  }

  private static Object value(Type type, String name) {
    if (type instanceof ParameterizedType generic) {
      Class<?> raw = (Class<?>) generic.getRawType();
      Type[] arguments = generic.getActualTypeArguments();
      if (raw == List.class) {
        return List.of(value(arguments[0], name));
      }
      if (raw == Set.class) {
        return Set.of(value(arguments[0], name));
      }
      return Map.of(value(arguments[0], "key"), value(arguments[1], name));
    }
    Class<?> c = (Class<?>) type;
    if (c == String.class) {
      return name.equals("root") ? "ab".repeat(32) : name.isEmpty() ? "text" : name;
    }
    if (c == int.class || c == Integer.class) {
      return 7;
    }
    if (c == long.class || c == Long.class) {
      return 1_073_741_824L;
    }
    if (c == double.class || c == Double.class) {
      return 1.5;
    }
    if (c == boolean.class || c == Boolean.class) {
      return true;
    }
    if (c == Instant.class) {
      return Instant.parse("2026-01-02T03:04:05.678Z");
    }
    if (c == Duration.class) {
      return Duration.ofMinutes(90);
    }
    if (c == Sayings.Window.class) {
      // Not every combination is a window.
      return new Sayings.Window(
          "calendar",
          ZoneId.of("Europe/Berlin"),
          Set.of(DayOfWeek.SATURDAY),
          LocalTime.of(22, 0),
          LocalTime.of(4, 0),
          null,
          null,
          false,
          "why");
    }
    if (c.isEnum()) {
      return c.getEnumConstants()[c == Receipt.Level.class ? 1 : 0];
    }
    if (c.isSealed()) {
      return value(c.getPermittedSubclasses()[0], name);
    }
    RecordComponent[] components = c.getRecordComponents();
    Object[] values = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = value(components[i].getGenericType(), components[i].getName());
      types[i] = components[i].getType();
    }
    try {
      var constructor = c.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("No sample of " + c, e);
    }
  }
}
