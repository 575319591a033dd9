// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.Actor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Who may come in: bearer tokens, known by their SHA-256, each the token of one person. */
public final class Access {
  private final Map<String, Actor> byHash;

  private Access(Map<String, Actor> byHash) {
    this.byHash = new LinkedHashMap<>(byHash);
  }

  /** One token for one person: the local mode. */
  public static Access single(String token, String person) {
    return new Access(Map.of(hash(token), Actor.person(person)));
  }

  /** A token nobody can guess: 256 random bits, hex. */
  public static String newToken() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * Reads a token file: one {@code person sha256-hex-of-token} a line, {@code #} begins a comment.
   *
   * @throws IllegalArgumentException names the line that cannot be read, never its content
   */
  public static Access ofFile(Path file) throws IOException {
    var found = new LinkedHashMap<String, Actor>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      String[] words = text.split("\\s+");
      if (words.length != 2 || !words[1].matches("[0-9a-f]{64}")) {
        throw new IllegalArgumentException(
            file
                + " line "
                + number
                + ": expected 'person sha256-hex-of-token'; make one with"
                + " 'printf %s TOKEN | sha256sum'");
      }
      found.put(words[1], Actor.person(words[0]));
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(file + " names no token; nobody could come in");
    }
    return new Access(found);
  }

  /** The person whose token this is. */
  public Optional<Actor> who(String token) {
    return Optional.ofNullable(byHash.get(hash(token)));
  }

  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
