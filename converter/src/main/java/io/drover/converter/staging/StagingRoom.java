// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The room that staged images have, and who of them waits and who yields where it is full. */
public final class StagingRoom {
  private final StagingSettings settings;
  private final Staging images;

  StagingRoom(StagingSettings settings, Staging images) {
    this.settings = settings;
    this.images = images;
  }

  /** Bytes that all images take, whole and partial. */
  public long used() throws IOException {
    long used = 0;
    for (String ending : List.of(Staging.IMAGE, Staging.IMAGE + ".partial")) {
      for (Path file : images.files(ending)) {
        used += size(file);
      }
    }
    return used;
  }

  /** A file's length; of one that became whole, or was removed, since it was listed, nothing. */
  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** Whether there is no room to write on. */
  boolean full() throws IOException {
    return (settings.most() > 0 && used() >= settings.most()) || usable() == 0;
  }

  /** Bytes of its filesystem that may still be written. */
  private long usable() throws IOException {
    return Math.max(0, Files.getFileStore(settings.folder()).getUsableSpace() - settings.reserve());
  }

  /** Bytes that all images together may take, once every other image has left. */
  public long capacity() throws IOException {
    long there = usable() + used();
    return settings.most() > 0 ? Math.min(settings.most(), there) : there;
  }

  /**
   * Bytes that an image is going to take at least.
   *
   * @param stored guest-visible bytes that its disk is known to hold
   */
  public long expected(long stored) {
    // How well it compresses shows only when it is.
    return settings.zstd() ? 0 : stored;
  }

  /** Bytes that may be staged, for people. */
  public String words() throws IOException {
    return "%d MiB used, %d MiB free on its filesystem%s"
        .formatted(
            used() >> 20,
            usable() >> 20,
            settings.most() > 0 ? ", " + (settings.most() >> 20) + " MiB allowed" : "");
  }

  /** What to do about a folder that is full. */
  public enum Full {
    /** Others are on their way out: wait, and keep what is there. */
    WAIT,
    /** An older image needs the room: this one is removed and begun anew later. */
    YIELD,
    /** Nobody else holds anything: it will never fit. */
    TOO_SMALL
  }

  /**
   * What an image that found no room shall do. The oldest of those that are not whole waits, the
   * others yield, so two halves never wait for each other.
   */
  public Full onFull(String id) throws IOException {
    List<StagedImage> others =
        images.all().stream().filter(other -> !other.id().equals(id)).toList();
    if (others.isEmpty()) {
      return Full.TOO_SMALL;
    }
    for (StagedImage image : images.all()) {
      if (!image.whole()) {
        return image.id().equals(id) ? Full.WAIT : Full.YIELD;
      }
    }
    return Full.WAIT;
  }
}
