// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns what vCenter sent into yavijava's objects, skipping what that library, frozen at the 6.0
 * API, does not know. Where a field may hold anything, the {@link VimData} itself is stored.
 */
final class VimBinder {
  private VimBinder() {}

  /**
   * The result of a call whose stub declares this return type, such as {@code
   * ManagedObjectReference} or {@code Event[]}.
   */
  static @Nullable Object result(String declared, VimData answer) {
    boolean many = declared.endsWith("[]");
    Class<?> of = named(many ? declared.substring(0, declared.length() - 2) : declared);
    List<Object> values = new ArrayList<>();
    for (VimData part : answer.parts()) {
      Object value = value(part, of);
      if (value != null) {
        values.add(value);
      }
    }
    if (!many) {
      return values.isEmpty() ? null : values.getFirst();
    }
    return values.isEmpty() ? null : array(of, values);
  }

  /** This value as an object of this class, or empty when yavijava has no class for it. */
  static <T> Optional<T> as(Class<T> type, VimData data) {
    Object value = value(data, type);
    return type.isInstance(value) ? Optional.of(type.cast(value)) : Optional.empty();
  }

  private static Class<?> named(String declared) {
    return switch (declared) {
      case "String", "string" -> String.class;
      case "int" -> Integer.class;
      case "long" -> Long.class;
      case "boolean" -> Boolean.class;
      case "byte" -> Byte.class;
      case "short" -> Short.class;
      case "float" -> Float.class;
      case "double" -> Double.class;
      case "Calendar" -> Calendar.class;
      default -> {
        Class<?> found = VimTypes.find(declared);
        yield found == null ? Object.class : found;
      }
    };
  }

  private static @Nullable Object value(VimData data, Class<?> declared) {
    if (declared == Object.class) {
      return data;
    }
    if (declared == ManagedObjectReference.class) {
      ManagedObjectReference reference = new ManagedObjectReference();
      reference.setType(data.morefType());
      reference.setVal(data.text());
      return reference;
    }
    Object scalar = scalar(data.text().trim(), data.text(), declared);
    if (scalar != null) {
      return scalar;
    }
    if (declared.isEnum()) {
      for (Object constant : declared.getEnumConstants()) {
        if (constant.toString().equals(data.text())
            || ((Enum<?>) constant).name().equals(data.text())) {
          return constant;
        }
      }
      return null;
    }
    Class<?> sent = data.type().isEmpty() ? declared : VimTypes.find(data.type());
    if (sent == null || !declared.isAssignableFrom(sent)) {
      sent = declared;
    }
    return Modifier.isAbstract(sent.getModifiers()) ? null : object(data, sent);
  }

  private static @Nullable Object scalar(String trimmed, String whole, Class<?> declared) {
    if (declared == String.class) {
      return whole;
    }
    if (declared == boolean.class || declared == Boolean.class) {
      return trimmed.equals("true") || trimmed.equals("1");
    }
    if (declared == Calendar.class) {
      return new VimData("", null, null, trimmed, List.of())
          .time()
          .map(at -> (Object) GregorianCalendar.from(at.atZone(ZoneOffset.UTC)))
          .orElse(null);
    }
    try {
      if (declared == int.class || declared == Integer.class) {
        return Integer.valueOf(trimmed);
      } else if (declared == long.class || declared == Long.class) {
        return Long.valueOf(trimmed);
      } else if (declared == short.class || declared == Short.class) {
        return Short.valueOf(trimmed);
      } else if (declared == byte.class || declared == Byte.class) {
        return (byte) Integer.parseInt(trimmed);
      } else if (declared == float.class || declared == Float.class) {
        return Float.valueOf(trimmed);
      } else if (declared == double.class || declared == Double.class) {
        return Double.valueOf(trimmed);
      }
    } catch (NumberFormatException notOne) {
      throw new VSphereFault(
          VSphereFault.Kind.PROTOCOL, "Expected a number, but vCenter sent '" + trimmed + "'", "");
    }
    return null;
  }

  private static Object object(VimData data, Class<?> type) {
    try {
      Object made = type.getDeclaredConstructor().newInstance();
      Map<String, Field> fields = VimTypes.fields(type);
      Map<Field, List<Object>> repeated = new LinkedHashMap<>();
      for (VimData part : data.parts()) {
        Field field = fields.get(part.name());
        if (field == null) {
          continue;
        }
        Class<?> fieldType = field.getType();
        if (fieldType == byte[].class && !part.text().trim().matches("-?[0-9]{1,3}")) {
          field.set(made, Base64.getMimeDecoder().decode(part.text()));
          continue;
        }
        boolean many = fieldType.isArray();
        Object value = value(part, many ? fieldType.getComponentType() : fieldType);
        if (value != null && many) {
          repeated.computeIfAbsent(field, any -> new ArrayList<>()).add(value);
        } else if (value != null) {
          field.set(made, value);
        }
      }
      for (Map.Entry<Field, List<Object>> each : repeated.entrySet()) {
        each.getKey().set(made, array(each.getKey().getType().getComponentType(), each.getValue()));
      }
      return made;
    } catch (ReflectiveOperationException e) {
      throw new VSphereFault(
          VSphereFault.Kind.PROTOCOL, "Cannot read a " + type.getSimpleName(), "", e);
    }
  }

  private static Object array(Class<?> of, List<Object> values) {
    Object array = Array.newInstance(of, values.size());
    for (int i = 0; i < values.size(); i++) {
      Array.set(array, i, values.get(i));
    }
    return array;
  }
}
