// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import io.drover.converter.ConversionDecider;
import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.Transfer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The room that staged images have, and who of them waits and who yields where it is full. */
public final class StagingRoom {
  private static final String MORE =
      "Give the staging volume more space, lower converter.staging.reserveGiB, or plan the VM with"
          + " the sink UPLOAD or DIRECT.";

  private static final Logger LOG = LoggerFactory.getLogger(StagingRoom.class);

  static final String WAITS = ".waits";

  /** How long one that waits for room may be away before others take it. */
  private static final Duration AWAY = Duration.ofMinutes(3);

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
    return left() <= 0;
  }

  /** Bytes that may still be written; negative where there are too many. */
  private long left() throws IOException {
    long left = free() - settings.reserve();
    return settings.most() > 0 ? Math.min(left, settings.most() - used()) : left;
  }

  /** Bytes that are free on its filesystem, those that are kept free with them. */
  private long free() throws IOException {
    return Files.getFileStore(settings.folder()).getUsableSpace();
  }

  /** Bytes that all images together may take, once every other image has left. */
  public long capacity() throws IOException {
    long there = Math.max(0, free() - settings.reserve() + used());
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
    return "%d MiB used, %d MiB free on its filesystem, where converter.staging.reserveGiB keeps %d MiB free%s"
        .formatted(
            used() >> 20,
            free() >> 20,
            settings.reserve() >> 20,
            settings.most() > 0
                ? ", " + (settings.most() >> 20) + " MiB allowed by converter.staging.spaceGiB"
                : "");
  }

  /**
   * Looks, while the source still runs, whether each disk that is going to be staged fits when it
   * is alone there. Of one that may go another way nothing is said.
   *
   * @param ways that are set up
   * @throws CopyFault as for {@link #look(CopyOrder, Inventory.Disk)}
   */
  public void look(CopyOrder order, SinkPolicy.Ways ways) {
    if (order.transfer() != Transfer.STREAM) {
      return;
    }
    for (Inventory.Disk disk : order.disks()) {
      if (Stream.of(true, false)
          .allMatch(block ->
              SinkPolicy.choose(order.sink(), disk.capacityBytes(), ways, block)
                  .filter(way -> way.sink() == Sink.HTTP)
                  .isPresent())) {
        look(order, disk);
      }
    }
  }

  /**
   * Looks whether a disk fits when it is alone there, before anything of it is read. Of a thick
   * disk nobody knows how much of it is zeros: it is staged as far as it gets.
   *
   * @throws CopyFault REFUSED where it never fits, UNAVAILABLE where the folder is full of what is
   *     not ours, or cannot be looked at
   */
  public void look(CopyOrder order, Inventory.Disk disk) {
    Long stored = disk.usedBytes();
    // No image takes nothing.
    long least = disk.thin() && stored != null ? Math.min(stored, disk.capacityBytes()) : 0;
    try {
      long expected = Math.max(1, expected(least));
      if (expected > capacity()) {
        String which = "Disk %s of VM %s ".formatted(disk.label(), order.vmName());
        throw least == 0
            ? new CopyFault(
                Problem.Kind.UNAVAILABLE,
                ConversionDecider.STAGING_FULL,
                which
                    + "cannot be staged, for the staging folder can take nothing: "
                    + words()
                    + ".",
                MORE)
            : tooSmall(
                which
                    + "holds "
                    + (least >> 20)
                    + " MiB, more than the staging folder can take: "
                    + words()
                    + ".");
      }
    } catch (IOException e) {
      throw new CopyFault(
          new Problem(
              Problem.Kind.UNAVAILABLE,
              "staging-broke",
              "The room for disk %s of VM %s in the staging folder cannot be looked at: %s."
                  .formatted(disk.label(), order.vmName(), e.getMessage()),
              "See that the staging folder is mounted and may be written."),
          e);
    }
  }

  /** A disk does not fit even when it is alone there. */
  public static CopyFault tooSmall(String what) {
    return new CopyFault(Problem.Kind.REFUSED, "staging-too-small", what, MORE);
  }

  /** What to do about a folder that is full. */
  public enum Full {
    /** Others are on their way out: wait, and keep what is there. */
    WAIT,
    /** An older image needs the room: this one is removed and begun anew after it. */
    YIELD,
    /** It had all the room there is, and none was left: it will never fit. */
    TOO_SMALL
  }

  /** Whether there is an image beside this one; what is known of it is not read. */
  boolean shared(String id) throws IOException {
    return images.files(".json").stream().anyMatch(note -> !note.endsWith(id + ".json"));
  }

  /**
   * What an image that found no room shall do. The oldest of those that are not whole waits, and
   * says so in the folder; the others yield, so two halves never wait for each other.
   *
   * @param shared whether another was seen beside it since it was gone on with; one that has just
   *     yielded to it is not there any more
   */
  Full onFull(String id, boolean shared) throws IOException {
    List<StagedImage> all = images.all();
    if (!shared && all.stream().allMatch(image -> image.id().equals(id))) {
      return Full.TOO_SMALL;
    }
    for (StagedImage image : all) {
      if (image.id().equals(id)) {
        waits(id);
        return Full.WAIT;
      }
      if (!image.whole()) {
        return Full.YIELD;
      }
    }
    return Full.WAIT;
  }

  /** Says that an image waits for room, or goes on after it did, in a file that takes none. */
  void waits(String id) {
    Path file = settings.folder().resolve(id + WAITS);
    try {
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // Some file systems need room for a name, too. It waits all the same, others may go first.
      LOG.atInfo().log("{} could not be written: {}", file, e.getMessage());
    }
  }

  /** Whether an image said that it waits, and was heard of lately. */
  private boolean heardOf(String id) throws IOException {
    try {
      return Files.getLastModifiedTime(settings.folder().resolve(id + WAITS))
          .toInstant()
          .isAfter(Instant.now().minus(AWAY));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Whether an older image, which waits or did, may still need all the room that is left. */
  boolean awaited(String id) throws IOException {
    for (StagedImage image : images.all()) {
      if (image.id().equals(id)) {
        return false;
      }
      if (!image.whole() && heardOf(image.id()) && left() < image.capacityBytes()) {
        return true;
      }
    }
    return false;
  }
}
