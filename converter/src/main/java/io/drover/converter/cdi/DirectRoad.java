// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.worker.WorkerReport;
import io.drover.disk.digest.DiskDigest;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Instant;
import java.util.Map;

/**
 * {@code source.blank}, written in place: a worker Job next to the volume reads the disk from the
 * lease and writes it, in one pass and without scratch space. This process keeps the lease alive
 * and never sees the bytes. The address in the Job's Secret opens that disk alone, while the lease
 * lasts. What an attempt before it wrote is compared and left: the volume is its own journal.
 */
final class DirectRoad implements Road {
  private static final int TRIES = 5;

  private final Target target;
  private final WorkerJobs jobs;

  DirectRoad(Target target, WorkerJobs jobs) {
    this.target = target;
    this.jobs = jobs;
  }

  @Override
  public String prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    DataVolume ready = blank(order, disk, attempt);
    return ready.namespace() + "/" + ready.name();
  }

  private DataVolume blank(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    DataVolume volume =
        target
            .targets()
            .ensure(
                order,
                disk,
                false,
                attempt,
                () ->
                    target
                        .draft()
                        .dataVolume(
                            order,
                            disk,
                            "blank",
                            Map.of(),
                            Map.of(Marks.SINK, Sink.DIRECT.name()),
                            attempt));
    return target
        .volumes()
        .await(
            volume,
            "volume-not-ready",
            "be a blank volume",
            target.settings().patience().ready(),
            attempt,
            DataVolumes.telling(disk, attempt, DataVolume::succeeded));
  }

  @Override
  public CopyEvidence.DiskTransferred write(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt) {
    Instant began = target.clock().instant();
    DataVolume volume = blank(order, disk, attempt);
    // Two writers on one volume would be the end of both.
    jobs.end(order.namespace(), Marks.labels(order, disk.deviceKey()), attempt);
    // Of an attempt that died: nobody reads by its lease any more.
    Cleanup.unfeed(target.client(), order.namespace(), Marks.labels(order, disk.deviceKey()));
    boolean again = !volume.annotation(Marks.WRITING).isEmpty();
    volume = target.targets().claimForWriting(unwritten(volume), attempt);
    PersistentVolumeClaim claim =
        Cluster.claim(target.client(), volume.namespace(), volume.name())
            .orElseThrow(() ->
                new CopyFault(
                    Problem.Kind.TRANSIENT,
                    "claim-missing",
                    "The claim of a blank volume for disk " + disk.label() + " is gone.",
                    "Nothing: it is made anew. See who deletes claims in this namespace."));
    WorkerReport report;
    String checksum;
    try (SourceDisks.Ticket ticket = offer.lend()) {
      report = written(order, disk, claim, ticket, again, attempt);
      WorkerReport.Received received = received(report);
      checksum = ticket.verify(received.bytes(), received.hashes());
    }
    WorkerReport.Received received = received(report);
    Resumed.tell(order, disk, received.passedOver(), attempt);
    String root = root(report);
    DataVolume written = volume;
    if (report.level2() != null) {
      var digest = DiskDigest.ofLevel2(disk.capacityBytes(), report.level2());
      through(attempt, () -> target.digests().keep(order, disk, digest, attempt));
    }
    through(attempt, () -> noted(order, written, root));
    return new CopyEvidence.DiskTransferred(
        volume.namespace() + "/" + volume.name(),
        received.bytes(),
        received.stored(),
        io.drover.schemas.DiskDigest.v1(disk.capacityBytes(), root),
        checksum,
        began,
        target.clock().instant());
  }

  /** What stood in it before does not count any more. */
  private static DataVolume unwritten(DataVolume volume) {
    var annotations = volume.resource().getMetadata().getAnnotations();
    if (annotations != null) {
      annotations.remove(Marks.CONTENT);
    }
    return volume;
  }

  private void noted(CopyOrder order, DataVolume written, String root) {
    for (int tries = 1; ; tries++) {
      DataVolume now =
          target
              .volumes()
              .get(written.namespace(), written.name())
              .filter(there -> there.uid().equals(written.uid()))
              .orElseThrow(() ->
                  new CopyFault(
                      Problem.Kind.TRANSIENT,
                      "volume-replaced",
                      "A volume of VM " + order.vmName() + " was removed while it was written.",
                      "Nothing: it is made anew. See who deletes volumes in this namespace."));
      try {
        var _ = target.volumes().annotate(now, Map.of(Marks.CONTENT, root));
        return;
      } catch (CopyFault fault) {
        // CDI writes to it, too: it is read again, and not the disk.
        if (!fault.problem().code().equals(ClusterFaults.CONFLICT) || tries == TRIES) {
          throw fault;
        }
      }
    }
  }

  /** What stands in the volume is not given up for an API server that is restarted. */
  private void through(Attempt attempt, Runnable action) {
    Outage.through(target.settings().patience().gone(), attempt, action);
  }

  private WorkerReport written(
      CopyOrder order,
      Inventory.Disk disk,
      PersistentVolumeClaim claim,
      SourceDisks.Ticket ticket,
      boolean again,
      Attempt attempt) {
    String name = "drover-write-" + Marks.hash(attempt.id().value(), 20);
    Cluster.put(target.client(), Cluster.SECRET, secret(order, disk, name, ticket, attempt));
    WorkerReport report;
    try {
      report =
          jobs.run(
              order,
              disk,
              claim,
              WorkerTask.write(name, again),
              attempt,
              log -> {
                CopyFault lost = ticket.lost();
                if (lost != null) {
                  throw lost;
                }
                follow(log, disk, ticket, attempt);
              });
    } catch (RuntimeException e) {
      try {
        forget(order, name);
      } catch (CopyFault fault) {
        e.addSuppressed(fault);
      }
      throw e;
    }
    through(attempt, () -> forget(order, name));
    return report;
  }

  private void forget(CopyOrder order, String secret) {
    ClusterFaults.named(
        "delete secret " + order.namespace() + "/" + secret,
        () -> target.client().secrets().inNamespace(order.namespace()).withName(secret).delete());
  }

  private static void follow(
      String line, Inventory.Disk disk, SourceDisks.Ticket ticket, Attempt attempt) {
    if (line.matches("progress [0-9]{1,18} [0-9]{1,18}")) {
      String[] words = line.split(" ");
      ticket.progress(Long.parseLong(words[1]));
      attempt
          .progress()
          .report(
              Integer.toString(disk.deviceKey()),
              "copying",
              Long.parseLong(words[2]),
              disk.capacityBytes());
    }
  }

  private static Secret secret(
      CopyOrder order,
      Inventory.Disk disk,
      String name,
      SourceDisks.Ticket ticket,
      Attempt attempt) {
    var secret =
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(order.namespace())
            .withLabels(Marks.labels(order, disk.deviceKey()))
            .withAnnotations(Marks.annotations(order, attempt))
            .endMetadata()
            .addToStringData("url", ticket.url());
    String thumbprint = ticket.thumbprint();
    if (thumbprint != null) {
      secret.addToStringData("thumbprint", thumbprint);
    }
    String authorities = ticket.authorities();
    if (authorities != null) {
      secret.addToStringData("ca", authorities);
    }
    return secret.build();
  }

  private static WorkerReport.Received received(WorkerReport report) {
    WorkerReport.Received received = report.received();
    if (received == null) {
      throw new IllegalStateException("A report of a write without what was received: " + report);
    }
    return received;
  }

  private static String root(WorkerReport report) {
    String root = report.root();
    if (root == null) {
      throw new IllegalStateException("A report without a digest: " + report);
    }
    return root;
  }
}
