// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.converter.staging.Staging;
import io.drover.converter.worker.WorkerReport;
import io.drover.disk.codec.Codecs;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.pipe.Workers;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.Transfer;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Target volumes as CDI DataVolumes: makes them, fills them, reads them back, removes them. */
public final class CdiDiskImports implements DiskImports {
  private static final Logger LOG = LoggerFactory.getLogger(CdiDiskImports.class);

  private final Target target;
  private final VddkRoad vddk;
  private final WorkerJobs jobs;
  private final Cleanup cleanup;
  private final SecondRead secondRead;
  private final TargetRoom room;
  private final Road upload;
  private final Road direct;
  private final @Nullable HttpRoad http;

  /**
   * @param workers the pool that all disks share; not closed
   * @param clock for the times in receipts
   */
  public CdiDiskImports(
      KubernetesClient client, CdiSettings settings, Workers workers, Clock clock) {
    this.target = Target.of(client, settings, clock);
    this.room = new TargetRoom(client, target.storage());
    this.jobs = new WorkerJobs(client, settings);
    this.cleanup = new Cleanup(target, jobs);
    this.vddk = new VddkRoad(target);
    var pipe = new DiskPipe(workers, settings.diskMemory());
    this.secondRead = new SecondRead(target.digests(), pipe, settings.patience().gone());
    this.upload = new UploadRoad(target, pipe);
    this.direct = new DirectRoad(target, jobs);
    Staging staging = settings.sinks().staging();
    this.http = staging == null ? null : new HttpRoad(target, staging, pipe);
    LOG.atInfo().log(
        "Disks are inflated by {} and digested by {}", Codecs.chosen(), LeafHasher.chosen());
  }

  @Override
  public CopyEvidence.VolumeReady prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    String storageClass = VolumeDraft.volume(order, disk).storageClass();
    target.targets().storageClassExists(storageClass);
    target.storage().gate(storageClass);
    room.check(order, target.volumes().missing(order));
    if (order.transfer() == Transfer.VDDK) {
      return vddk.prepare(order, disk, attempt);
    }
    SinkPolicy.Chosen chosen = chosen(order, disk);
    String volume = road(chosen.sink()).prepare(order, disk, attempt);
    return new CopyEvidence.VolumeReady(volume, chosen.sink(), chosen.why());
  }

  /** A volume that was begun is gone on with as it was begun. */
  private SinkPolicy.Chosen chosen(CopyOrder order, Inventory.Disk disk) {
    Volume named = VolumeDraft.volume(order, disk);
    DataVolume there = target.volumes().get(order.namespace(), named.name()).orElse(null);
    if (order.sink() == Sink.AUTO
        && there != null
        && there.label(Marks.COPY).equals(Marks.value(order.copy().value()))
        && !there.annotation(Marks.SINK).isEmpty()) {
      return new SinkPolicy.Chosen(
          Sink.valueOf(there.annotation(Marks.SINK)), "The volume was begun this way.");
    }
    return SinkChoice.choose(
        order, disk, target.settings().sinks(), target.storage().modes(named.storageClass()));
  }

  @Override
  public CopyEvidence.DiskTransferred write(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt) {
    return road(chosen(order, disk).sink()).write(order, disk, offer, attempt);
  }

  @Override
  public CopyEvidence.DiskTransferred pull(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.SnapshotTaken snapshot, Attempt attempt) {
    return vddk.pull(order, disk, snapshot, attempt);
  }

  @Override
  public CopyEvidence.SourceDigested digestSource(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt) {
    return secondRead.run(order, disk, offer, attempt);
  }

  private Road road(Sink sink) {
    return switch (sink) {
      case UPLOAD -> upload;
      case DIRECT -> direct;
      case HTTP -> {
        if (http == null) {
          throw new CopyFault(
              Problem.Kind.REFUSED,
              "sink-not-configured",
              "A volume was begun with a staged image, but this converter stages none.",
              "Set converter.staging in drover.yaml, with the folder of the other converters.");
        }
        yield http;
      }
      case AUTO -> throw new IllegalStateException("A sink that was not chosen");
    };
  }

  @Override
  public CopyEvidence.VolumeDigested digest(
      CopyOrder order,
      Inventory.Disk disk,
      CopyEvidence.DiskTransferred transferred,
      Attempt attempt) {
    String name = VolumeDraft.volume(order, disk).name();
    DataVolume volume = target.volumes().get(order.namespace(), name).orElse(null);
    PersistentVolumeClaim claim =
        Cluster.claim(target.client(), order.namespace(), name).orElse(null);
    if (volume == null || claim == null || !volume.landed()) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "landed-volume-missing",
          "Volume %s, the copy of disk %s of VM %s, is not there any more."
              .formatted(transferred.volume(), disk.label(), order.vmName()),
          "See who deletes volumes in namespace " + order.namespace() + ", then copy again.");
    }
    if (http != null && volume.annotation(Marks.SINK).equals(Sink.HTTP.name())) {
      http.forget(order, disk);
    }
    WorkerReport report = jobs.digest(order, disk, claim, attempt);
    if (Boolean.TRUE.equals(report.cached())) {
      LOG.atWarn()
          .addKeyValue("vm", order.vmName())
          .log(
              "Volume {} was read back through the cache of its node: its storage has no direct"
                  + " reads. That proves less where it was written on that node, too",
              transferred.volume());
    }
    attempt
        .progress()
        .report(
            Integer.toString(disk.deviceKey()),
            "verified",
            disk.capacityBytes(),
            disk.capacityBytes());
    DiskDigest landed = digest(report);
    if (landed.equals(transferred.source())) {
      target.digests().forget(order, disk);
      return new CopyEvidence.VolumeDigested(landed, null, report.cached());
    }
    return new CopyEvidence.VolumeDigested(
        landed, transferred.source() == null ? null : report.difference(), report.cached());
  }

  private static DiskDigest digest(WorkerReport report) {
    if (report.root() == null || report.size() == null) {
      throw new IllegalStateException("A report without a digest: " + report);
    }
    return DiskDigest.v1(report.size(), report.root());
  }

  @Override
  public void halt(CopyOrder order, Attempt attempt) {
    jobs.halt(order, attempt);
    cleanup.halt(order, attempt);
  }

  @Override
  public void remove(MigrationId migration, @Nullable CopyOrder order, Attempt attempt) {
    cleanup.remove(migration, order, attempt);
  }
}
