// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.schemas.AuditEntry;
import io.drover.schemas.wire.Json;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether the audit is as it was written: every line's number follows the one before, and names the
 * digest of its bytes. Who changes, removes or inserts a line would have to write all later ones
 * anew; what was cut off at the end shows only against a head that somebody kept.
 */
public final class AuditChain {
  /** A line as it was read. */
  public record Line(@Nullable String key, byte[] value) {}

  /**
   * What was found.
   *
   * @param entries in their order; of lines with the same number only the first
   * @param problems sentences that name the line; empty if the chain is whole
   * @param head digest of the last line, {@link AuditEntry#BEGINNING} if there is none
   */
  public record Verdict(List<AuditEntry> entries, List<String> problems, String head) {
    public Verdict {
      entries = List.copyOf(entries);
      problems = List.copyOf(problems);
    }
  }

  private final TreeMap<Long, AuditEntry> entries = new TreeMap<>();
  private final TreeMap<Long, String> digests = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  /** SHA-256 in hex. */
  public static String digest(byte[] value) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(value));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  /** Takes a line in; they may come in any order. */
  public void add(Line line) {
    AuditEntry entry;
    try {
      entry = Json.read(line.value(), AuditEntry.class);
    } catch (RuntimeException e) {
      problems.add("A line of " + line.key() + " cannot be read: it was not written by a console");
      return;
    }
    if (!entry.actor().name().equals(line.key())) {
      problems.add(
          "Line %d is of %s, but stands under %s"
              .formatted(entry.number(), entry.actor(), line.key()));
    }
    if (entries.putIfAbsent(entry.number(), entry) != null) {
      problems.add(
          "There are two lines %d: somebody wrote beside the console, or two audits were mixed"
              .formatted(entry.number()));
    } else {
      digests.put(entry.number(), digest(line.value()));
    }
  }

  /**
   * Looks at all that was taken in.
   *
   * @param kept heads that were noted earlier; each must still be the digest of a line
   */
  public Verdict verdict(List<String> kept) {
    var found = new ArrayList<>(problems);
    long number = 0;
    String previous = AuditEntry.BEGINNING;
    for (AuditEntry entry : entries.values()) {
      if (entry.number() != number + 1) {
        found.add(
            entry.number() == number + 2
                ? "Line %d is missing".formatted(number + 1)
                : "Lines %d to %d are missing".formatted(number + 1, entry.number() - 1));
      } else if (!entry.previous().equals(previous)) {
        found.add(
            number == 0
                ? "Line 1 names a line before it: the beginning was cut off"
                : "Line %d is not the one that line %d follows: one of them was changed"
                    .formatted(number, entry.number()));
      }
      number = entry.number();
      previous = digests.getOrDefault(number, "");
    }
    for (String head : kept) {
      if (!digests.containsValue(head)) {
        found.add("No line has the head " + head + ": the end was cut off or written anew");
      }
    }
    return new Verdict(List.copyOf(entries.values()), found, previous);
  }
}
