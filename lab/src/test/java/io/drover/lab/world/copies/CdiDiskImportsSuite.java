// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.cdi.CopyOutlook;
import io.drover.converter.staging.StagedImage;
import io.drover.converter.staging.Staging;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.DiskDifference;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The CDI adapter by every way of a stream into a volume, against the lab's controllers: real
 * bytes, real HTTPS, worker Jobs as processes; whichever API server stands between.
 */
abstract class CdiDiskImportsSuite {
  private static final long LARGE = 60L << 20;

  static @Nullable CdiWorld world;

  static CdiWorld world() {
    CdiWorld there = world;
    if (there == null) {
      throw new IllegalStateException("the world was not begun");
    }
    return there;
  }

  /** What all ways share. */
  abstract static class Imports extends DiskImportsSuite {
    @Override
    SourceDisks.Offer disk(int seed) {
      return SampleDisks.offer(SIZE, seed, Long.MAX_VALUE);
    }

    @Override
    SourceDisks.Offer breaking(int seed) {
      return SampleDisks.offer(SIZE, seed, 300_000);
    }

    @Override
    DiskDigest digest(int seed) {
      return SampleDisks.digest(SIZE, seed);
    }

    @Override
    void foreign(String namespace, String volume) {
      world()
          .client
          .persistentVolumeClaims()
          .inNamespace(namespace)
          .resource(
              new PersistentVolumeClaimBuilder()
                  .withNewMetadata()
                  .withName(volume)
                  .withNamespace(namespace)
                  .endMetadata()
                  .withNewSpec()
                  .withAccessModes("ReadWriteOnce")
                  .withNewResources()
                  .addToRequests("storage", new Quantity("1Mi"))
                  .endResources()
                  .endSpec()
                  .build())
          .create();
    }

    @Override
    boolean there(String namespace, String volume) {
      return world().client.persistentVolumeClaims().inNamespace(namespace).withName(volume).get()
          != null;
    }

    @Test
    void whatWasProvedLeavesNothingButTheVolume() {
      CopyOrder order = order("final");
      var _ = imports().prepare(order, only(order), attempt(1));
      var written = imports().write(order, only(order), disk(1), attempt(2));

      var _ = imports().digest(order, only(order), written, attempt(3));

      assertThat(world().leftovers("shop")).isEmpty();
      imports().halt(order, attempt(4));
      imports().remove(order.migration(), order, attempt(5));
    }

    @AfterEach
    void nothingIsLeft() {
      CopyOrder order = order("final");
      imports().halt(order, attempt(8));
      imports().remove(order.migration(), order, attempt(9));
      assertThat(world().leftovers("shop")).isEmpty();
    }

    /** An attempt that notes how much of an earlier one it passes over. */
    static Attempt watched(List<Long> resumed) {
      return new Attempt(
          new EffectId("effect/2"),
          new Token(12),
          StopSignal.NEVER,
          (subject, what, done, total) -> {
            if (what.equals("resumed")) {
              resumed.add(done);
            }
          });
    }

    static void refused(Runnable what, Problem.Kind kind, String code) {
      assertThatThrownBy(what::run)
          .isInstanceOfSatisfying(
              CopyFault.class,
              fault -> {
                assertThat(fault.problem().code()).isEqualTo(code);
                assertThat(fault.problem().kind()).isEqualTo(kind);
              });
    }
  }

  /** What is seen of a copy before anybody asks for it. */
  @Nested
  class Foreseen {
    private static final String CEPH_CLASS = "openshift-storage-rbd";

    private static CopyOrder order(Sink sink, @Nullable String storageClass) {
      return new CopyOrder(
          new CopyId("outlook"),
          new MigrationId("m-outlook"),
          new VmKey("vc", "vm-outlook"),
          "vm-1",
          "shop-web-01",
          Round.FINAL,
          Transfer.STREAM,
          sink,
          "shop",
          Map.of(2000, new Volume("outlook-2000", storageClass)),
          List.of(SourceDisksSuite.disk(2000, "Hard disk 1", DiskImportsSuite.SIZE)),
          Map.of());
    }

    private CopyOutlook outlook(CdiSettings.@Nullable Upload upload) {
      return new CopyOutlook(
          world().client,
          new CopyOutlook.Ways(upload, false, false, true),
          CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
          _ -> null);
    }

    private void look(Sink sink, @Nullable String storageClass) {
      outlook(world().uploads().upload()).look(order(sink, storageClass));
    }

    @Test
    void whereAllIsWellNothingIsSaidAndNothingIsMade() {
      look(Sink.AUTO, null);

      assertThat(world().leftovers("shop")).isEmpty();
      assertThat(world().client.persistentVolumeClaims().inNamespace("shop").list().getItems())
          .noneMatch(claim -> claim.getMetadata().getName().equals("outlook-2000"));
    }

    @Test
    void whatIsNotSetUpIsSaidInTheWordsOfTheCopy() {
      Imports.refused(() -> look(Sink.DIRECT, null), Problem.Kind.REFUSED, "sink-not-configured");
      Imports.refused(
          () -> look(Sink.AUTO, "no-such-class"), Problem.Kind.REFUSED, "storage-class-missing");
    }

    @Test
    void anUploadProxyThatDoesNotAnswerIsWaitedFor() throws IOException {
      int port;
      try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      var down = CdiSettings.Upload.of(URI.create("https://127.0.0.1:" + port), null);

      Imports.refused(
          () -> outlook(down).look(order(Sink.AUTO, null)),
          Problem.Kind.UNAVAILABLE,
          "upload-proxy-unreachable");
    }

    @Test
    void aCephThatIsIllOrNearlyFullIsWaitedFor() throws Exception {
      ceph();
      try {
        state("HEALTH_ERR", 10);
        Imports.refused(
            () -> look(Sink.AUTO, CEPH_CLASS), Problem.Kind.UNAVAILABLE, "ceph-unhealthy");
        state("HEALTH_WARN", 86);
        Imports.refused(
            () -> look(Sink.AUTO, CEPH_CLASS), Problem.Kind.UNAVAILABLE, "ceph-nearly-full");
        state("HEALTH_WARN", 84);
        look(Sink.AUTO, CEPH_CLASS);
      } finally {
        world().client.storage().v1().storageClasses().withName(CEPH_CLASS).delete();
        // The lab's default class is of the same Ceph.
        world().client.resource(cluster("HEALTH_OK", 0)).delete();
      }
    }

    private void ceph() throws InterruptedException {
      for (String object :
          List.of(
              """
              apiVersion: v1
              kind: Namespace
              metadata: {name: openshift-storage}
              """,
              """
              apiVersion: storage.k8s.io/v1
              kind: StorageClass
              metadata: {name: %s}
              provisioner: openshift-storage.rbd.csi.ceph.com
              """
                  .formatted(CEPH_CLASS),
              """
              apiVersion: apiextensions.k8s.io/v1
              kind: CustomResourceDefinition
              metadata: {name: cephclusters.ceph.rook.io}
              spec:
                group: ceph.rook.io
                scope: Namespaced
                names: {plural: cephclusters, singular: cephcluster, kind: CephCluster, listKind: CephClusterList}
                versions:
                - name: v1
                  served: true
                  storage: true
                  schema:
                    openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
              """)) {
        world().client.resource(object).unlock().createOr(NonDeletingOperation::update);
      }
    }

    private static String cluster(String health, int percent) {
      return """
      apiVersion: ceph.rook.io/v1
      kind: CephCluster
      metadata: {name: ocs, namespace: openshift-storage}
      status: {ceph: {health: %s, capacity: {bytesTotal: %d, bytesUsed: %d}}}
      """
          .formatted(health, 100L << 30, (long) percent << 30);
    }

    /** As the operator of Ceph writes it down. */
    private void state(String health, int percent) throws InterruptedException {
      String object = cluster(health, percent);
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (true) {
        try {
          world().client.resource(object).unlock().createOr(NonDeletingOperation::update);
          return;
        } catch (KubernetesClientException notYetServed) {
          assertThat(System.nanoTime()).as("%s", notYetServed.getMessage()).isLessThan(end);
          Thread.sleep(100);
        }
      }
    }
  }

  /** {@code source.upload}. */
  @Nested
  class Uploaded extends Imports {
    @Override
    DiskImports imports() {
      return world().imports(world().uploads());
    }

    /** Writes a disk that no buffer on the way can hold, to a proxy that takes only some of it. */
    private void writeToAStall(Duration idle, Attempt attempt) {
      CopyOrder order = order("final", Sink.UPLOAD, LARGE);
      world()
          .cluster
          .faults()
          .add(Fault.on(Fault.What.UPLOAD_STALLS, "shop", volume()).afterBytes(1 << 20).times(1));
      var upload =
          new CdiSettings.Upload(
              world().cluster.uploadProxyUrl(), world().cluster.uploadProxyCa(), false, 1, idle);
      CdiDiskImports imports = world().imports(new CdiSettings.Sinks(upload, null, false));
      var _ =
          imports.write(order, only(order), SampleDisks.offer(LARGE, 1, Long.MAX_VALUE), attempt);
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
    void whatDiffersIsNamed() throws IOException {
      CopyOrder order = order("final");
      var _ = imports().prepare(order, only(order), attempt(1));
      var _ =
          world()
              .cluster
              .faults()
              .add(
                  Fault.on(Fault.What.CORRUPT_VOLUME, "shop", volume())
                      .afterBytes(5 << 20)
                      .times(1));
      var written = imports().write(order, only(order), disk(1), attempt(2));

      CopyEvidence.VolumeDigested seen = imports().digest(order, only(order), written, attempt(3));

      assertThat(seen.target()).isNotEqualTo(written.source());
      // The second extent, which is the last and short.
      assertThat(seen.difference())
          .isEqualTo(
              new DiskDifference(
                  1, java.util.List.of(new DiskDifference.Range(4 << 20, SIZE - (4 << 20)))));
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

  /** {@code source.http}. */
  @Nested
  class Served extends Imports {

    private @Nullable Staging staging;

    @BeforeEach
    void open() throws IOException {
      staging = world().staging("staging", 0, 0, null);
    }

    @AfterEach
    void close() throws IOException {
      Staging opened = staging();
      assertThat(opened.all()).isEmpty();
      assertThat(opened.used()).isZero();
      opened.close();
    }

    private Staging staging() {
      Staging there = staging;
      if (there == null) {
        throw new IllegalStateException("not open");
      }
      return there;
    }

    @Override
    Sink sink() {
      return Sink.HTTP;
    }

    @Override
    DiskImports imports() {
      return world().imports(CdiWorld.serves(staging()));
    }

    @Test
    void anInstanceThatDiesWhileCdiImportsIsFollowedByAnother() throws Exception {
      CopyOrder order = order("final");
      try (var service = new ServiceAddress()) {
        URI url = URI.create("https://127.0.0.1:" + service.port());
        Staging first = world().staging("shared", 0, 0, url);
        service.goesTo(first.address().getPort());
        service.losesItsInstanceAfter(1 << 20);
        var killed = new AtomicBoolean();
        CdiDiskImports dying = world().imports(CdiWorld.serves(first));
        var attempt =
            new Attempt(new EffectId("effect/2"), new Token(12), killed::get, Progress.NONE);
        var writing =
            CompletableFuture.runAsync(() -> dying.write(order, only(order), disk(1), attempt));
        service.awaitLoss();
        killed.set(true);
        first.close();
        assertThatThrownBy(writing::join).isNotNull();
        try (Staging second = world().staging("shared", 0, 0, url)) {
          service.goesTo(second.address().getPort());
          CdiDiskImports next = world().imports(CdiWorld.serves(second));

          var written = next.write(order, only(order), SampleDisks.untouchable(), attempt(3));

          assertThat(written.source()).isEqualTo(digest(1));
          assertThat(next.digest(order, only(order), written, attempt(4)).target())
              .isEqualTo(digest(1));
          assertThat(second.all()).isEmpty();
        }
      }
    }

    @Test
    void anImageGoesOnWhereItIsDurable() {
      CopyOrder order = order("final");
      // Behind the first extent of 4 MiB, before the end of the second.
      SourceDisks.Offer breaks = SampleDisks.offer(SIZE, 1, 2_900_000);
      refused(
          () -> imports().write(order, only(order), breaks, attempt(1)),
          Problem.Kind.TRANSIENT,
          "disk-stream-broke");
      var resumed = new java.util.ArrayList<Long>();
      Attempt watched = watched(resumed);

      var written = imports().write(order, only(order), disk(1), watched);

      assertThat(resumed).containsExactly(4L << 20);
      assertThat(written.source()).isEqualTo(digest(1));
      assertThat(imports().digest(order, only(order), written, attempt(3)).target())
          .isEqualTo(digest(1));
    }

    /** A disk that is read to its end, and then something happens before that is noted. */
    private static SourceDisks.Offer thenAtTheEnd(Supplier<@Nullable String> happens) {
      SourceDisks.Reading whole = SampleDisks.reading(SIZE, 1, Long.MAX_VALUE);
      return SampleDisks.only(
          new SourceDisks.Reading() {
            @Override
            public InputStream stream() throws IOException {
              return whole.stream();
            }

            @Override
            public @Nullable String verify() {
              return happens.get();
            }

            @Override
            public CopyFault explain(IOException broken) {
              return whole.explain(broken);
            }

            @Override
            public void close() {}
          });
    }

    private static Path staged(String ending) throws IOException {
      try (Stream<Path> files = Files.list(world().folder.resolve("staging"))) {
        return files.filter(file -> file.toString().endsWith(ending)).findFirst().orElseThrow();
      }
    }

    /** Dies where the last byte of the source was read, and no note says so. */
    private void dieAtTheEnd(CopyOrder order) {
      var died = new Error("the process died");
      SourceDisks.Offer dying =
          thenAtTheEnd(() -> {
            throw died;
          });
      assertThatThrownBy(() -> imports().write(order, only(order), dying, attempt(1)))
          .isSameAs(died);
      assertThat(there("shop", volume())).isFalse();
    }

    @Test
    void aProcessThatDiesBehindTheEndOfTheSourceCostsNoSecondReading() throws IOException {
      CopyOrder order = order("final");
      dieAtTheEnd(order);
      // As if it had died before the image had its name, and another one in the note.
      Path image = staged(".qcow2");
      Files.move(image, image.resolveSibling(image.getFileName() + ".partial"));
      Files.writeString(Path.of(staged(".json") + ".next"), "{\"id\":");

      var written = imports().write(order, only(order), SampleDisks.untouchable(), attempt(2));

      assertThat(written.source()).isEqualTo(digest(1));
      assertThat(written.bytesRead()).isEqualTo(SampleDisks.vmdk(SIZE, 1).length);
      // The lease is gone, and with it what could vouch for the stream.
      assertThat(written.streamChecksum()).isNull();
      assertThat(imports().digest(order, only(order), written, attempt(3)).target())
          .isEqualTo(digest(1));
    }

    @Test
    void aStreamThatItsManifestDeniesIsReadAgain() {
      CopyOrder order = order("final");
      SourceDisks.Offer denied =
          thenAtTheEnd(() -> {
            throw new CopyFault(Problem.Kind.CORRUPT, "stream-differs-from-manifest", "It.", "No.");
          });
      refused(
          () -> imports().write(order, only(order), denied, attempt(1)),
          Problem.Kind.CORRUPT,
          "stream-differs-from-manifest");

      var written = imports().write(order, only(order), disk(1), attempt(2));

      assertThat(written.streamChecksum()).isEqualTo("sha1:of-the-test");
      assertThat(written.source()).isEqualTo(digest(1));
    }

    /** A disk that stops, well before its end, until the folder is full and that was seen. */
    private static SourceDisks.Offer filling(Staging folder, long room, long most) {
      return SampleDisks.only(
          SampleDisks.reading(
              LARGE,
              1,
              room + (2 << 20),
              () -> {
                try {
                  while (folder.used() < most) {
                    Thread.sleep(20);
                  }
                  // The folder is looked at twice a second.
                  Thread.sleep(600);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }));
    }

    @Test
    void aFolderThatFillsInMidStreamIsLeftAsItWas() throws IOException {
      CopyOrder order = order("final", Sink.HTTP, LARGE);
      try (Staging small = world().staging("fills", 12 << 20, 0, null)) {
        CdiDiskImports imports = world().imports(CdiWorld.serves(small));

        assertThatThrownBy(() ->
                imports.write(order, only(order), filling(small, 12 << 20, 12 << 20), attempt(1)))
            .isInstanceOfSatisfying(
                CopyFault.class,
                fault -> {
                  assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
                  assertThat(fault.problem().code()).isEqualTo("staging-too-small");
                  assertThat(fault.problem().what()).contains("Hard disk 1", "12 MiB allowed");
                });

        assertThat(small.all()).isEmpty();
        assertThat(small.used()).isZero();
        assertThat(there("shop", volume())).isFalse();
      }
    }

    @Test
    void oneThatFillsInMidStreamGoesOnWhenOthersHaveLeft() throws IOException {
      CopyOrder order = order("final", Sink.HTTP, LARGE);
      try (Staging small = world().staging("shares", 44 << 20, 0, null)) {
        CdiDiskImports imports = world().imports(CdiWorld.serves(small));
        try (var whole = small.begin(SampleDisks.staged("other")).orElseThrow()) {
          java.nio.file.Files.write(whole.image(), new byte[32 << 20]);
          var _ =
              whole.finish(
                  new StagedImage.Content(
                      1, 1, 1, 0, "", new byte[0], null, whole.checksum(), 32 << 20));
        }
        refused(
            () -> imports.write(order, only(order), filling(small, 12 << 20, 44 << 20), attempt(1)),
            Problem.Kind.UNAVAILABLE,
            "staging-full");
        small.remove("other");
        var resumed = new java.util.ArrayList<Long>();
        Attempt watched = watched(resumed);

        var written =
            imports.write(order, only(order), SampleDisks.offer(LARGE, 1, Long.MAX_VALUE), watched);

        assertThat(resumed).singleElement().satisfies(bytes -> assertThat(bytes).isPositive());
        assertThat(written.source()).isEqualTo(SampleDisks.digest(LARGE, 1));
        assertThat(imports.digest(order, only(order), written, attempt(3)).target())
            .isEqualTo(SampleDisks.digest(LARGE, 1));
        assertThat(small.all()).isEmpty();
      }
    }

    @Test
    void aDiskThatNeverFitsIsRefused() throws IOException {
      CopyOrder order = order("final");
      try (Staging none = world().staging("none", 0, Long.MAX_VALUE, null)) {
        CdiDiskImports imports = world().imports(CdiWorld.serves(none));

        refused(
            () -> imports.write(order, only(order), disk(1), attempt(1)),
            Problem.Kind.REFUSED,
            "staging-too-small");

        assertThat(none.all()).isEmpty();
        assertThat(there("shop", volume())).isFalse();
      }
    }

    @Test
    void aDiskThatHoldsMoreThanTheFolderIsRefusedBeforeItIsRead() throws IOException {
      CopyOrder order = order("final");
      var disk = only(order);
      try (Staging small = world().staging("tiny", 1 << 20, 0, null)) {
        CdiDiskImports imports = world().imports(CdiWorld.serves(small));
        var holds =
            new Inventory.Disk(
                disk.deviceKey(),
                disk.label(),
                disk.capacityBytes(),
                disk.datastore(),
                disk.path(),
                disk.uuid(),
                disk.backing(),
                disk.controller(),
                disk.bus(),
                disk.unit(),
                disk.independent(),
                disk.shared(),
                true,
                disk.changeId(),
                2L << 20);

        refused(
            () -> imports.prepare(order, holds, attempt(1)),
            Problem.Kind.REFUSED,
            "staging-too-small");

        assertThat(small.all()).isEmpty();
      }
    }

    @Test
    void aDiskThatFindsNoRoomWaitsForTheOthers() throws IOException {
      CopyOrder order = order("final");
      try (Staging small = world().staging("small", 20 << 20, 0, null)) {
        CdiDiskImports imports = world().imports(CdiWorld.serves(small));
        try (var held = small.begin(SampleDisks.staged("other")).orElseThrow()) {
          java.nio.file.Files.write(held.image(), new byte[21 << 20]);

          refused(
              () -> imports.write(order, only(order), disk(1), attempt(1)),
              Problem.Kind.UNAVAILABLE,
              "staging-full");
        }
        small.remove("other");

        assertThat(imports.write(order, only(order), disk(1), attempt(2)).source())
            .isEqualTo(digest(1));
      }
    }
  }

  /** {@code source.blank}, written by a worker. */
  @Nested
  class WrittenInPlace extends Imports {
    @Override
    Sink sink() {
      return Sink.DIRECT;
    }

    @Override
    DiskImports imports() {
      return world().imports(CdiWorld.direct());
    }

    @Test
    void aWriterThatWasLeftBehindIsEndedBeforeTheNextBegins() throws Exception {
      CopyOrder order = order("final");
      var hangs = new CountDownLatch(1);
      var goOn = new CountDownLatch(1);
      SourceDisks.Offer hanging =
          SampleDisks.offer(
              SIZE,
              2,
              300_000,
              () -> {
                hangs.countDown();
                try {
                  goOn.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      var left =
          CompletableFuture.runAsync(
              () -> imports().write(order, only(order), hanging, attempt(1)));
      hangs.await();

      var written = imports().write(order, only(order), disk(1), attempt(2));

      assertThatThrownBy(left::join).hasMessageContaining("removed while it ran");
      goOn.countDown();
      assertThat(imports().digest(order, only(order), written, attempt(3)).target())
          .isEqualTo(digest(1));
    }

    @Test
    void whatAnEarlierAttemptWroteIsNotWrittenAgain() {
      CopyOrder order = order("final");
      var first = imports().write(order, only(order), disk(1), attempt(1));
      var resumed = new java.util.ArrayList<Long>();

      var again = imports().write(order, only(order), disk(1), watched(resumed));

      assertThat(resumed).containsExactly(first.bytesWritten());
      assertThat(again.source()).isEqualTo(digest(1));
    }

    @Test
    void aBlankVolumeIsNoCopyYet() {
      CopyOrder order = order("final");
      var ready = imports().prepare(order, only(order), attempt(1));
      var nothing =
          new CopyEvidence.DiskTransferred(
              ready.volume(), 0, 0, null, null, java.time.Instant.EPOCH, java.time.Instant.EPOCH);

      refused(
          () -> imports().digest(order, only(order), nothing, attempt(2)),
          Problem.Kind.REFUSED,
          "landed-volume-missing");
    }
  }
}
