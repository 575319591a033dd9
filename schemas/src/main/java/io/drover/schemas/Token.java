// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * A fencing token: the offset of the owner's {@code OwnerClaimed} record in the facts topic of the
 * partition. It only grows; a system that checks it refuses an older owner.
 */
public record Token(long value) implements Comparable<Token> {
  @Override
  public int compareTo(Token other) {
    return Long.compare(value, other.value);
  }
}
