// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.ConversionDecider;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.staging.StagedImage;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingRoom;
import io.drover.converter.worker.PackedDigest;
import io.drover.disk.ConversionResult;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code source.http}: a qcow2 image is staged and served until CDI has imported it. An image goes
 * on after a crash where it is durable; one whose source was read to its end, and compared with its
 * manifest, is not read again while it is there, wherever the process died, and any instance that
 * mounts the folder serves it.
 */
final class HttpRoad implements Road {
  private static final String WRITABLE =
      "See that the staging folder is mounted and may be written.";

  private final Target target;
  private final Staging staging;
  private final DiskPipe pipe;
  private final ImageSource source;

  HttpRoad(Target target, Staging staging, DiskPipe pipe) {
    this.target = target;
    this.staging = staging;
    this.pipe = pipe;
    this.source = new ImageSource(target.client(), staging);
  }

  /** The name of a disk's image, and of what goes with it in the cluster. */
  static String id(CopyOrder order, Inventory.Disk disk) {
    return Marks.hash(order.copy() + "/" + disk.deviceKey(), 24);
  }

  /** Nothing is made before there is an image: CDI would begin to fetch it at once. */
  @Override
  public String prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    target.targets().free(order, disk, attempt);
    staging.room().look(order, disk);
    return order.namespace() + "/" + VolumeDraft.volume(order, disk).name();
  }

  @Override
  public CopyEvidence.DiskTransferred write(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt) {
    Instant began = target.clock().instant();
    try {
      StagedImage image = staged(order, disk, offer, attempt);
      StagedImage.Content content = image.content();
      if (content == null) {
        throw new IllegalStateException("An image without content");
      }
      target.digests().keep(order, disk, content.packed(), attempt);
      // The image stays until it is known to all that this came of it: see forget.
      String name = imported(order, disk, content, attempt);
      return new CopyEvidence.DiskTransferred(
          name,
          content.bytesRead(),
          content.stored(),
          io.drover.schemas.DiskDigest.v1(content.size(), content.root()),
          content.streamChecksum(),
          began,
          target.clock().instant());
    } catch (IOException e) {
      throw broken(order, disk, e);
    }
  }

  /**
   * Removes the image of a disk that has landed, once that is on record: a process that died
   * between the two would have its successor read the source again. A folder that is away is waited
   * for: the disk is not copied once more for that.
   */
  void forget(CopyOrder order, Inventory.Disk disk) {
    try {
      source.forget(order, disk);
      staging.remove(id(order, disk));
    } catch (IOException e) {
      throw new CopyFault(
          new Problem(
              Problem.Kind.UNAVAILABLE,
              "staging-broke",
              "The staged image of disk %s of VM %s, which has landed, could not be removed: %s."
                  .formatted(disk.label(), order.vmName(), e.getMessage()),
              WRITABLE),
          e);
    }
  }

  private CopyFault broken(CopyOrder order, Inventory.Disk disk, IOException e) {
    if (isFull(e)) {
      // What was read stays: only a note of it did not fit.
      return waits(
          "The staging folder has no room for what is noted of disk %s of VM %s: %s."
              .formatted(disk.label(), order.vmName(), e.getMessage()));
    }
    return new CopyFault(
        new Problem(
            Problem.Kind.TRANSIENT,
            "staging-broke",
            "Disk %s of VM %s could not be staged: %s."
                .formatted(disk.label(), order.vmName(), e.getMessage()),
            WRITABLE),
        e);
  }

  private static boolean isFull(IOException e) {
    return FullVolume.isSaidIn(String.valueOf(e.getMessage()));
  }

  private static CopyFault waits(String what) {
    return new CopyFault(
        Problem.Kind.UNAVAILABLE,
        ConversionDecider.STAGING_FULL,
        what,
        "Nothing: it goes on when others have left. Give the staging volume more space, or move"
            + " fewer VMs at a time.");
  }

  private StagedImage staged(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt)
      throws IOException {
    var about =
        new StagedImage(
            id(order, disk),
            order.migration().value(),
            order.copy().value(),
            disk.deviceKey(),
            disk.capacityBytes(),
            target.clock().instant());
    try (Staging.Writing writing =
        staging
            .begin(about)
            .orElseThrow(() ->
                new CopyFault(
                    Problem.Kind.UNAVAILABLE,
                    "staging-busy",
                    "Another process still stages disk %s of VM %s."
                        .formatted(disk.label(), order.vmName()),
                    "Nothing: it is looked at again."))) {
      return writing.about().whole()
          ? writing.about()
          : stage(order, disk, offer, writing, attempt);
    }
  }

  private StagedImage stage(
      CopyOrder order,
      Inventory.Disk disk,
      SourceDisks.Offer offer,
      Staging.Writing writing,
      Attempt attempt)
      throws IOException {
    var drain = new Drain(order, disk, writing);
    ConversionResult moved = drain.recovered();
    if (moved == null) {
      if (drain.full()) {
        throw drain.noRoom();
      }
      writing.vouched(null);
      try (var reading = offer.read()) {
        moved = pipe.run(order, disk, reading, drain, attempt);
        writing.vouched(vouched(reading, disk, order, writing));
      }
    }
    StagedImage.Vouched vouched = writing.about().vouched();
    if (vouched == null) {
      throw new IllegalStateException("An image that was not compared with its manifest");
    }
    Resumed.tell(order, disk, moved.guestBytesPassedOver(), attempt);
    DiskDigest digest = moved.digest();
    if (digest == null) {
      throw new IllegalStateException("A conversion without a digest");
    }
    return writing.finish(
        new StagedImage.Content(
            moved.size(),
            moved.bytesRead(),
            moved.guestBytesAllocated(),
            moved.guestBytesPassedOver(),
            digest.root(),
            PackedDigest.pack(digest),
            vouched.streamChecksum(),
            writing.checksum(),
            java.nio.file.Files.size(writing.image())));
  }

  /**
   * What the manifest vouches for; a stream that differs from it, or whose manifest could not be
   * read, is not gone on with.
   */
  private static StagedImage.Vouched vouched(
      SourceDisks.Reading reading, Inventory.Disk disk, CopyOrder order, Staging.Writing writing)
      throws IOException {
    try {
      return new StagedImage.Vouched(UploadRoad.verify(reading, disk, order));
    } catch (CopyFault fault) {
      writing.spoil();
      throw fault;
    }
  }

  /** The image as the pipe fills it. */
  private final class Drain implements DiskPipe.Drain {
    private final CopyOrder order;
    private final Inventory.Disk disk;
    private final Staging.Writing writing;

    Drain(CopyOrder order, Inventory.Disk disk, Staging.Writing writing) {
      this.order = order;
      this.disk = disk;
      this.writing = writing;
    }

    /**
     * What an attempt left that died after its source's manifest was heard; null where the source
     * is needed.
     */
    @Nullable ConversionResult recovered() {
      try {
        return writing
            .recover(open(), disk.capacityBytes(), DiskPipe.key(order, disk))
            .orElse(null);
      } catch (IOException e) {
        throw explain(e);
      }
    }

    @Override
    public Qcow2Writer open() {
      return new Qcow2Writer(
          writing.image(), staging.zstd() ? Qcow2Options.zstd() : Qcow2Options.plain());
    }

    @Override
    public Path journal() {
      return writing.journal();
    }

    @Override
    public boolean full() {
      return writing.full();
    }

    @Override
    public void cut() {
      // A file does not block for long.
    }

    @Override
    public CopyFault explain(IOException e) {
      return isFull(e) ? noRoom() : broken(order, disk, e);
    }

    CopyFault noRoom() {
      try {
        StagingRoom.Full full = writing.onFull();
        String what =
            (switch (full) {
                  case WAIT -> "The staging folder has no room for disk %s of VM %s: %s.";
                  case YIELD ->
                      "An older image goes first in the staging folder, which has no room for"
                          + " disk %s of VM %s beside it: %s.";
                  case TOO_SMALL ->
                      "The staging folder has no room for disk %s of VM %s, not even alone: %s.";
                })
                .formatted(disk.label(), order.vmName(), staging.room().words());
        if (full != StagingRoom.Full.WAIT) {
          staging.remove(writing.about().id());
        }
        return full == StagingRoom.Full.TOO_SMALL ? StagingRoom.tooSmall(what) : waits(what);
      } catch (IOException e) {
        return broken(order, disk, e);
      }
    }
  }

  private String imported(
      CopyOrder order, Inventory.Disk disk, StagedImage.Content content, Attempt attempt) {
    DataVolume volume = ensure(order, disk, content, attempt);
    var watch = new ImportWatch(disk, attempt);
    DataVolume landed =
        target
            .volumes()
            .await(
                volume,
                "import-stalled",
                "succeed",
                target.settings().patience().landed().plus(watch.most()),
                attempt,
                now -> {
                  watch.at(now);
                  return now.succeeded();
                });
    return landed.namespace() + "/" + landed.name();
  }

  /** The DataVolume of this image; one that was given another is thrown away. */
  private DataVolume ensure(
      CopyOrder order, Inventory.Disk disk, StagedImage.Content content, Attempt attempt) {
    source.allow(order, disk, attempt);
    DataVolume there =
        target
            .volumes()
            .get(order.namespace(), VolumeDraft.volume(order, disk).name())
            .orElse(null);
    if (there != null && !there.annotation(Marks.CONTENT).equals(content.root())) {
      target.targets().own(order, there, attempt);
      target.volumes().delete(there, target.settings().patience().gone(), attempt);
    }
    return target
        .targets()
        .ensure(order, disk, false, attempt, () -> draft(order, disk, content, attempt));
  }

  private GenericKubernetesResource draft(
      CopyOrder order, Inventory.Disk disk, StagedImage.Content content, Attempt attempt) {
    return target
        .draft()
        .dataVolume(
            order,
            disk,
            "http",
            source.spec(id(order, disk), content),
            Map.of(Marks.SINK, Sink.HTTP.name(), Marks.CONTENT, content.root()),
            attempt);
  }
}
