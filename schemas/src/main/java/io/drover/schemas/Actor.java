// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** Who caused something: a person by name, a brain, or an eye. Every fact has one. */
public record Actor(Kind kind, String name) {
  /** What sort of actor. */
  public enum Kind {
    PERSON,
    SERVICE
  }

  public static Actor person(String name) {
    return new Actor(Kind.PERSON, name);
  }

  public static Actor service(String name) {
    return new Actor(Kind.SERVICE, name);
  }

  @Override
  public String toString() {
    return name;
  }
}
