// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret of a staging folder, kept in it: what the passwords of its images are made from, so
 * they are the same from every instance.
 */
final class StagingKey {
  private final byte[] key;

  private StagingKey(byte[] key) {
    this.key = key;
  }

  /** The folder's key; the first instance makes it. */
  static StagingKey of(Path folder) throws IOException {
    Path file = folder.resolve(".key");
    if (!Files.exists(file)) {
      make(folder, file);
    }
    return new StagingKey(Files.readAllBytes(file));
  }

  private static void make(Path folder, Path file) throws IOException {
    byte[] fresh = new byte[32];
    new SecureRandom().nextBytes(fresh);
    Path own =
        Files.createTempFile(
            folder,
            ".key-",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.write(own, fresh);
      // A link appears whole or not at all, and never replaces another instance's.
      Files.createLink(file, own);
    } catch (FileAlreadyExistsException e) {
      // Another instance was faster; its key counts.
    } finally {
      Files.delete(own);
    }
  }

  /** The password of one image, good for nothing else. */
  String password(String id) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(id.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("A JDK without HmacSHA256", e);
    }
  }
}
