// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the folder knows of one image, kept beside it: whose it is and, once it is whole, what was
 * seen while the source was read. So an image that is whole is never read from the source again,
 * whichever process goes on.
 *
 * @param id file name without ending; part of the URL
 * @param migration whose copy it is
 * @param copy round
 * @param disk device key
 * @param began when it was begun
 * @param content null while it is not whole
 */
public record StagedImage(
    String id, String migration, String copy, int disk, Instant began, @Nullable Content content) {
  /**
   * A whole image.
   *
   * @param size guest-visible bytes
   * @param bytesRead bytes read from the source by the attempt that ended it
   * @param stored guest-visible bytes that are not zeros
   * @param passedOver guest-visible bytes that earlier attempts had made durable
   * @param root root of the source's drover-disk-v1 digest
   * @param packed the digest's level 2 and leaves, to find what differs
   * @param streamChecksum what the lease's manifest vouched for
   * @param fileChecksum {@code sha256:hex} of the image file
   * @param fileBytes its length
   */
  public record Content(
      long size,
      long bytesRead,
      long stored,
      long passedOver,
      String root,
      byte[] packed,
      @Nullable String streamChecksum,
      String fileChecksum,
      long fileBytes) {}

  /** The same image, whole. */
  StagedImage with(Content whole) {
    return new StagedImage(id, migration, copy, disk, began, whole);
  }

  /** Whether every byte is there. */
  public boolean whole() {
    return content != null;
  }
}
