// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the folder knows of one image, kept beside it: whose it is, whether the source's manifest
 * was heard and, once it is whole, what was seen while the source was read. So an image whose
 * source was read to its end, and did not deny that, is never read from it again, whichever process
 * goes on.
 *
 * @param id file name without ending; part of the URL
 * @param migration whose copy it is
 * @param copy round
 * @param disk device key
 * @param capacityBytes guest-visible bytes of the disk; 0 where they were not noted
 * @param began when it was begun
 * @param content null while it is not whole
 * @param vouched null until the stream, read to its end, was compared with the source's manifest
 */
public record StagedImage(
    String id,
    String migration,
    String copy,
    int disk,
    long capacityBytes,
    Instant began,
    @Nullable Content content,
    @Nullable Vouched vouched) {
  /** One that is begun. */
  public StagedImage(
      String id, String migration, String copy, int disk, long capacityBytes, Instant began) {
    this(id, migration, copy, disk, capacityBytes, began, null, null);
  }

  /**
   * The source's manifest was read and does not deny the stream that is in the image.
   *
   * @param streamChecksum what it vouches for; null = it vouches for nothing
   */
  public record Vouched(@Nullable String streamChecksum) {}

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
    return new StagedImage(id, migration, copy, disk, capacityBytes, began, whole, vouched);
  }

  /** The same image with what the source's manifest says of it. */
  StagedImage with(@Nullable Vouched manifest) {
    return new StagedImage(id, migration, copy, disk, capacityBytes, began, content, manifest);
  }

  /** Whether every byte is there. */
  public boolean whole() {
    return content != null;
  }
}
