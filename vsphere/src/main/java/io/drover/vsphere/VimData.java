// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One value as vCenter sent it, whatever its version: a name, a type, a text, and parts. Reading a
 * part that is not there gives an absent value, never an error, because which parts a vCenter sends
 * depends on its version and on the object's state.
 */
public final class VimData {
  /** What reading a missing part gives. */
  public static final VimData ABSENT = new VimData("", null, null, "", List.of());

  private final String name;
  private final @Nullable String type;
  private final @Nullable String morefType;
  private final String text;
  private final List<VimData> parts;

  VimData(
      String name,
      @Nullable String type,
      @Nullable String morefType,
      String text,
      List<VimData> parts) {
    this.name = name;
    this.type = type;
    this.morefType = morefType;
    this.text = text;
    this.parts = parts;
  }

  /** The name of the element that held the value. */
  public String name() {
    return name;
  }

  /** The vSphere type that the server declared for this value; empty when it left that out. */
  public String type() {
    return type == null ? "" : type;
  }

  /** Whether the server sent this value. */
  public boolean present() {
    return this != ABSENT;
  }

  /** All parts in the order they were sent. */
  public List<VimData> parts() {
    return parts;
  }

  /** The parts of this name: the elements of a repeated field. */
  public Stream<VimData> each(String of) {
    return parts.stream().filter(part -> part.name.equals(of));
  }

  /** The first part at this path of names with dots between. */
  public VimData at(String path) {
    int dot = path.indexOf('.');
    String first = dot < 0 ? path : path.substring(0, dot);
    for (VimData part : parts) {
      if (part.name.equals(first)) {
        return dot < 0 ? part : part.at(path.substring(dot + 1));
      }
    }
    return ABSENT;
  }

  /** The text, empty when absent. */
  public String text() {
    return text;
  }

  /** The text of the part at this path, empty when absent. */
  public String text(String path) {
    return at(path).text;
  }

  /** The whole number here, or this one when there is none. */
  public long number(long otherwise) {
    String trimmed = text.trim();
    try {
      return trimmed.isEmpty() ? otherwise : Long.parseLong(trimmed);
    } catch (NumberFormatException notOne) {
      return otherwise;
    }
  }

  /** The whole number at this path, 0 when absent. */
  public long number(String path) {
    return at(path).number(0);
  }

  /** Whether the value is true. */
  public boolean isTrue() {
    String trimmed = text.trim();
    return trimmed.equals("true") || trimmed.equals("1");
  }

  /** Whether the value at this path is true. */
  public boolean isTrue(String path) {
    return at(path).isTrue();
  }

  /** The reference to a managed object here, if it is one. */
  public Optional<Moref> moref() {
    return morefType == null ? Optional.empty() : Optional.of(new Moref(morefType, text));
  }

  /** The reference to a managed object at this path, if there is one. */
  public Optional<Moref> moref(String path) {
    return at(path).moref();
  }

  /** The references in an array of references. */
  public List<Moref> morefs() {
    List<Moref> all = new ArrayList<>();
    for (VimData part : parts) {
      part.moref().ifPresent(all::add);
    }
    return all;
  }

  /** The time here, if it is one. */
  public Optional<Instant> time() {
    try {
      return text.isBlank()
          ? Optional.empty()
          : Optional.of(OffsetDateTime.parse(text.trim()).toInstant());
    } catch (DateTimeParseException notOne) {
      return Optional.empty();
    }
  }

  @Nullable String morefType() {
    return morefType;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VimData that
        && name.equals(that.name)
        && type().equals(that.type())
        && java.util.Objects.equals(morefType, that.morefType)
        && text.equals(that.text)
        && parts.equals(that.parts);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * name.hashCode() + text.hashCode()) + parts.hashCode();
  }

  @Override
  public String toString() {
    return parts.isEmpty() ? name + "=" + text : name + parts;
  }
}
