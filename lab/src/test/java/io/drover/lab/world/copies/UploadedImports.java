// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static io.drover.lab.world.copies.CdiDiskImportsSuite.world;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.ConversionDecider;
import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.cdi.Marks;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.cdi.UploadTaken;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DiskDifference;
import io.drover.schemas.EffectId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Volumes that are filled by {@code source.upload}. */
abstract class UploadedImports extends CdiImports {
  @Override
  DiskImports imports() {
    return world().imports(world().uploads());
  }

  /** Writes a disk that no buffer on the way can hold, to a proxy that takes only some of it. */
  private void writeToAStall(Duration idle, Attempt attempt) {
    CopyOrder order = order("final", Sink.UPLOAD, CdiDiskImportsSuite.LARGE);
    world()
        .cluster
        .faults()
        .add(Fault.on(Fault.What.UPLOAD_STALLS, "shop", volume()).afterBytes(1 << 20).times(1));
    var upload =
        new CdiSettings.Upload(
            world().cluster.uploadProxyUrl(), world().cluster.uploadProxyCa(), false, 1, idle);
    CdiDiskImports imports = world().imports(new CdiSettings.Sinks(upload, null, false));
    var _ =
        imports.write(
            order,
            only(order),
            SampleDisks.offer(CdiDiskImportsSuite.LARGE, 1, Long.MAX_VALUE),
            attempt);
  }

  @Test
  @Timeout(50)
  void aProxyThatTakesNothingMoreIsNotWaitedForForEver() {
    assertThatThrownBy(() -> writeToAStall(Duration.ofSeconds(2), attempt(1)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().code()).isEqualTo("upload-broke");
              assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.TRANSIENT);
              assertThat(fault.problem().what()).contains("nothing was taken for 2 s");
            });
  }

  @Test
  @Timeout(50)
  void aVolumeThatIsFullIsALikelyCauseOfAServerThatGoesAway() {
    CopyOrder order = order("final", Sink.UPLOAD, CdiDiskImportsSuite.LARGE);
    world()
        .cluster
        .faults()
        .add(Fault.on(Fault.What.VOLUME_FULL, "shop", volume()).afterBytes(1 << 20).times(1));

    assertThatThrownBy(() ->
            imports()
                .write(
                    order,
                    only(order),
                    SampleDisks.offer(CdiDiskImportsSuite.LARGE, 1, Long.MAX_VALUE),
                    attempt(1)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().code()).isEqualTo("upload-broke");
              assertThat(fault.problem().what())
                  .endsWith("the server closed the connection while the disk was sent.");
              assertThat(fault.problem().remedy())
                  .contains("space for the whole disk", "route to cdi-uploadproxy");
            });
  }

  @Test
  @Timeout(50)
  void aStopEndsAWriteThatHangs() {
    long begun = System.nanoTime();
    var stopped =
        new Attempt(
            new EffectId("effect/1"),
            new Token(11),
            () -> System.nanoTime() - begun > 8_000_000_000L,
            Progress.NONE);

    assertThatThrownBy(() -> writeToAStall(Duration.ofMinutes(5), stopped))
        .isInstanceOf(StopSignal.Stopped.class);
  }

  @Test
  void aDiskIsSentAsZstdToTheAsynchronousPathAndNeedsNoScratchSpace() {
    CopyOrder order = order("final");

    var _ = imports().write(order, only(order), disk(1), attempt(1));

    assertThat(world().cluster.uploadTaken("shop", volume()))
        .contains(new UploadTaken("/v1beta1/upload-async", "28b52ffd", 0));
  }

  @Test
  void whatDiffersIsNamed() throws IOException {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    var _ =
        world()
            .cluster
            .faults()
            .add(
                Fault.on(Fault.What.CORRUPT_VOLUME, "shop", volume()).afterBytes(5 << 20).times(1));
    var written = imports().write(order, only(order), disk(1), attempt(2));

    CopyEvidence.VolumeDigested seen = imports().digest(order, only(order), written, attempt(3));

    assertThat(seen.target()).isNotEqualTo(written.source());
    // The second extent, which is the last and short.
    assertThat(seen.difference())
        .isEqualTo(
            new DiskDifference(1, List.of(new DiskDifference.Range(4 << 20, SIZE - (4 << 20)))));
  }

  @Test
  void whatItsManifestDeniesIsNeverAWholeVolume() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));

    refused(
        () -> imports().write(order, only(order), denied(), attempt(2)),
        Problem.Kind.CORRUPT,
        "stream-differs-from-manifest");

    imports().halt(order, attempt(3));
    assertThat(there("shop", volume())).as("a halt leaves what landed").isFalse();
  }

  @Test
  void aLeaseThatEndedBeforeTheFirstByteCostsNoVolume() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    String made = uid();
    SourceDisks.Offer lost =
        new SourceDisks.Offer() {
          @Override
          public SourceDisks.Reading read() {
            throw new CopyFault(
                Problem.Kind.UNAVAILABLE, ConversionDecider.LEASE_LOST, "Lost.", "Wait.");
          }

          @Override
          public SourceDisks.Ticket lend() {
            throw new AssertionError("this disk is read by the converter");
          }
        };
    refused(
        () -> imports().write(order, only(order), lost, attempt(2)),
        Problem.Kind.UNAVAILABLE,
        ConversionDecider.LEASE_LOST);

    var written = imports().write(order, only(order), disk(1), attempt(3));

    assertThat(written.source()).isEqualTo(digest(1));
    assertThat(uid()).isEqualTo(made);
  }

  @Test
  void aVolumeThatWasChangedWhileAPlaceToReadAtWasWaitedForIsClaimedAsItIs() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    String made = uid();

    var written = imports().write(order, only(order), afterAWait("example.com/seen"), attempt(2));

    assertThat(written.source()).isEqualTo(digest(1));
    assertThat(uid()).isEqualTo(made);
  }

  @Test
  void aVolumeThatAnotherBeganToFillMeanwhileIsLeftToIt() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));

    refused(
        () -> imports().write(order, only(order), afterAWait(Marks.WRITING), attempt(2)),
        Problem.Kind.TRANSIENT,
        "volume-contended");

    var written = imports().write(order, only(order), disk(1), attempt(3));
    assertThat(written.source()).isEqualTo(digest(1));
  }

  /** The first disk, which can be read once somebody annotated the volume. */
  private SourceDisks.Offer afterAWait(String annotation) {
    SourceDisks.Offer offer = disk(1);
    return new SourceDisks.Offer() {
      @Override
      public SourceDisks.Reading read() {
        var _ =
            dataVolume()
                .edit(there -> {
                  there.getMetadata().getAnnotations().put(annotation, "effect/another");
                  return there;
                });
        return offer.read();
      }

      @Override
      public SourceDisks.Ticket lend() {
        throw new AssertionError("this disk is read by the converter");
      }
    };
  }

  private Resource<GenericKubernetesResource> dataVolume() {
    return world()
        .client
        .genericKubernetesResources("cdi.kubevirt.io/v1beta1", "DataVolume")
        .inNamespace("shop")
        .withName(volume());
  }

  private String uid() {
    return dataVolume().get().getMetadata().getUid();
  }

  private void prepared(String storageClass) {
    CopyOrder order = order("final", Sink.UPLOAD, SIZE, storageClass);
    var _ = imports().prepare(order, only(order), attempt(1));
  }

  private void isClaimedAs(String access, String mode) {
    var claim =
        world().client.persistentVolumeClaims().inNamespace("shop").withName(volume()).get();
    assertThat(claim.getSpec().getAccessModes()).containsExactly(access);
    assertThat(claim.getSpec().getVolumeMode()).isEqualTo(mode);
  }

  @Test
  void aSharedBlockDeviceIsAskedForWhereItsClassOffersItLast() {
    world()
        .storageClass(
            "files-first",
            List.of(
                List.of("ReadWriteOnce", "Filesystem"),
                List.of("ReadWriteOnce", "Block"),
                List.of("ReadWriteMany", "Block")));

    prepared("files-first");

    var asked = dataVolume().get();
    assertThat(asked.<Object>get("spec", "storage", "accessModes"))
        .isEqualTo(List.of("ReadWriteMany"));
    assertThat(asked.<Object>get("spec", "storage", "volumeMode")).isEqualTo("Block");
    isClaimedAs("ReadWriteMany", "Block");
  }

  @ParameterizedTest
  @CsvSource({
    LabClusterFixtures.FILE_CLASS + ", Filesystem",
    LabClusterFixtures.BLOCK_CLASS + ", Block"
  })
  void whatIsOfferedFirstIsLeftToCdi(String storageClass, String mode) {
    prepared(storageClass);

    var asked = dataVolume().get();
    assertThat(asked.<Object>get("spec", "storage", "storageClassName")).isEqualTo(storageClass);
    assertThat(asked.<Object>get("spec", "storage", "accessModes")).isNull();
    assertThat(asked.<Object>get("spec", "storage", "volumeMode")).isNull();
    isClaimedAs("ReadWriteMany", mode);
  }

  @Test
  void theConverterChoosesAndSaysWhy() {
    CopyOrder order = order("final", Sink.AUTO);

    var ready = imports().prepare(order, only(order), attempt(1));

    assertThat(ready.sink()).isEqualTo(Sink.UPLOAD);
    assertThat(ready.why()).contains("upload proxy");
  }

  @Test
  void aWayThatIsNotSetUpIsRefused() {
    CopyOrder order = order("final", Sink.HTTP);

    refused(
        () -> imports().prepare(order, only(order), attempt(1)),
        Problem.Kind.REFUSED,
        "sink-not-configured");
  }
}
