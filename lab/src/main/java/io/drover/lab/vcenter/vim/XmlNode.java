// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An element of a parsed request, with readers that fault as vCenter does when an argument is
 * missing or malformed.
 */
public final class XmlNode {
  private final String name;
  private final @Nullable String typeAttribute;
  private final @Nullable String xsiType;
  private final List<XmlNode> children = new ArrayList<>();
  private String text = "";

  XmlNode(String name, @Nullable String typeAttribute, @Nullable String xsiType) {
    this.name = name;
    this.typeAttribute = typeAttribute;
    this.xsiType = xsiType;
  }

  void add(XmlNode child) {
    children.add(child);
  }

  void text(String value) {
    text = value;
  }

  public String name() {
    return name;
  }

  public String text() {
    return text.strip();
  }

  /** The text exactly as sent, for annotations and other free text. */
  public String rawText() {
    return text;
  }

  public List<XmlNode> children() {
    return children;
  }

  /** The schema type that the client named by xsi:type, without its prefix. */
  public @Nullable String xsiType() {
    return xsiType;
  }

  public @Nullable XmlNode child(String childName) {
    for (XmlNode child : children) {
      if (child.name.equals(childName)) {
        return child;
      }
    }
    return null;
  }

  /** The child of that name; a missing one is an InvalidRequest that names it. */
  public XmlNode need(String childName) {
    XmlNode child = child(childName);
    if (child == null) {
      throw VimFault.of(
          "InvalidRequest", "Required parameter " + childName + " is missing in " + name + ".");
    }
    return child;
  }

  public List<XmlNode> all(String childName) {
    return children.stream().filter(c -> c.name.equals(childName)).toList();
  }

  public List<String> texts(String childName) {
    return all(childName).stream().map(XmlNode::text).toList();
  }

  public @Nullable String string(String childName) {
    XmlNode child = child(childName);
    return child == null ? null : child.text();
  }

  public boolean bool(String childName, boolean absent) {
    XmlNode child = child(childName);
    return child == null ? absent : child.asBool();
  }

  public boolean asBool() {
    return switch (text()) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw malformed("a boolean");
    };
  }

  public @Nullable Integer integer(String childName) {
    XmlNode child = child(childName);
    return child == null ? null : (Integer) Math.toIntExact(child.asLong());
  }

  public long asLong() {
    try {
      return Long.parseLong(text());
    } catch (NumberFormatException e) {
      throw malformed("a number");
    }
  }

  public Instant asInstant() {
    try {
      return OffsetDateTime.parse(text()).toInstant();
    } catch (java.time.format.DateTimeParseException e) {
      throw malformed("a date and time");
    }
  }

  /** This element as a reference; its type attribute is required. */
  public Moref asRef() {
    if (typeAttribute == null || typeAttribute.isEmpty()) {
      throw VimFault.of("InvalidRequest", "The reference " + name + " has no type attribute.");
    }
    return new Moref(typeAttribute, text());
  }

  public @Nullable Moref ref(String childName) {
    XmlNode child = child(childName);
    return child == null ? null : child.asRef();
  }

  public List<Moref> refs(String childName) {
    return all(childName).stream().map(XmlNode::asRef).toList();
  }

  private VimFault malformed(String expected) {
    return VimFault.of(
        "InvalidRequest", "Expected " + expected + " in " + name + ", but got '" + text() + "'.");
  }
}
