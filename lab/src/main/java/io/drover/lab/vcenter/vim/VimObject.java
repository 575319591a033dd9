// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A data object of the vSphere API as an ordered list of fields, filled in the order of the WSDL.
 * Filled once by its maker, then only read.
 */
public final class VimObject {
  private final String type;
  private final boolean subtype;
  private final Map<String, Object> fields = new LinkedHashMap<>();

  private VimObject(String type, boolean subtype) {
    this.type = type;
    this.subtype = subtype;
  }

  /**
   * An object of exactly the type that the schema declares at its place: written without xsi:type.
   */
  public static VimObject of(String type) {
    return new VimObject(type, false);
  }

  /** An object of a subtype of what the schema declares at its place: written with xsi:type. */
  public static VimObject sub(String type) {
    return new VimObject(type, true);
  }

  /** Adds the next field; null means that the field is unset and stays out. */
  public VimObject with(String name, @Nullable Object value) {
    if (value != null) {
      fields.put(name, value);
    }
    return this;
  }

  /** Adds the next field, an element of one of the schema's enumerations. */
  public VimObject withEnum(String name, String enumType, @Nullable String value) {
    return value == null ? this : with(name, new VimEnum(enumType, value));
  }

  public String type() {
    return type;
  }

  /** Whether the object is written with xsi:type at a place with a declared type. */
  public boolean subtype() {
    return subtype;
  }

  public @Nullable Object get(String name) {
    return fields.get(name);
  }

  public Map<String, Object> fields() {
    return Collections.unmodifiableMap(fields);
  }

  /**
   * A copy in which every object inside (this one included, innermost first) went through the given
   * function.
   */
  public VimObject mapDeep(UnaryOperator<VimObject> each) {
    VimObject copy = new VimObject(type, subtype);
    fields.forEach((name, value) -> copy.fields.put(name, mapValue(value, each)));
    return each.apply(copy);
  }

  private static Object mapValue(Object value, UnaryOperator<VimObject> each) {
    return switch (value) {
      case VimObject object -> object.mapDeep(each);
      case VimArray array -> {
        List<Object> items = new ArrayList<>();
        for (Object item : array.items()) {
          items.add(mapValue(item, each));
        }
        yield new VimArray(array.elementType(), items);
      }
      default -> value;
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VimObject that && type.equals(that.type) && fields.equals(that.fields);
  }

  @Override
  public int hashCode() {
    return 31 * type.hashCode() + fields.hashCode();
  }

  @Override
  public String toString() {
    return type + fields;
  }
}
