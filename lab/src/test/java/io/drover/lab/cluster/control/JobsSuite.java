// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.faults.Fault.What;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Worker Jobs as processes, other Jobs as plays, and with {@link LabClusterSuite} all that a
 * cluster must do behind any API server. The "image" is a shell script here.
 */
abstract class JobsSuite extends LabClusterSuite {

  /** A cluster whose worker image is a shell script. */
  static LabClusterOptions options(Path folder) throws IOException {
    Path script = folder.resolve("worker.sh");
    Files.writeString(
        script,
        """
        #!/bin/sh
        # worker TASK ARGS...
        echo "task $2 in $KUBERNETES_NAMESPACE"
        case "$2" in
          digest) printf 'sum=%s secret=%s map=%s' "$(cksum < "$3" | cut -d' ' -f1,2)" "$(cat "$4/password")" "$DROVER_DEVICE_MAP" > "$DROVER_TERMINATION_LOG" ;;
          fail) echo "it broke" > "$DROVER_TERMINATION_LOG"; exit 3 ;;
          sleep) exec sleep 600 ;;
        esac
        """);
    return LabClusterOptions.in(folder.resolve("cluster"), new TextGuests())
        .withWorkerCommand("/bin/sh", script.toString());
  }

  @Test
  void aWorkerReadsItsVolumeAndItsSecretAndLeavesItsResult() throws Exception {
    // Given
    bench.land("job-disk", TextGuests.disk("x", 1 << 20), "1Mi");
    var _ =
        bench.create(
            Kind.SECRET,
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: key, namespace: shop}
            data: {password: c2VzYW1l}
            """);

    // When
    var _ =
        bench.create(Kind.JOB, JOB, "digest", 0, "[worker, digest, /dev/drover/disk0, /etc/key]");

    // Then
    Doc job = bench.await(Kind.JOB, "digest", j -> j.condition("Complete").equals("True"));
    assertThat(job.at("/status/succeeded").asInt()).isEqualTo(1);
    Doc pod = podOf("digest");
    String image = bench.imageOf("job-disk").toString();
    assertThat(pod.text("/status/phase")).isEqualTo("Succeeded");
    assertThat(pod.text("/status/containerStatuses/0/state/terminated/message"))
        .contains(" 1048576 secret=sesame map=/dev/drover/disk0=" + image);
    assertThat(bench.cluster.podLogs().read("shop", pod.name(), ""))
        .contains("task digest in shop");
  }

  @Test
  void aWorkerThatFailsIsTriedAgainUntilItsLimit() throws Exception {
    // When
    var _ = bench.create(Kind.JOB, PLAIN, "failing", 1, "[worker, fail]");

    // Then
    Doc job = bench.await(Kind.JOB, "failing", j -> j.condition("Failed").equals("True"));
    assertThat(job.at("/status/failed").asInt()).isEqualTo(2);
    assertThat(job.at("/status/conditions").toString()).contains("BackoffLimitExceeded");
    assertThat(podOf("failing").text("/status/containerStatuses/0/state/terminated/message"))
        .isEqualTo("it broke\n");
    assertThat(podOf("failing").at("/status/containerStatuses/0/state/terminated/exitCode").asInt())
        .isEqualTo(3);
  }

  @Test
  void deletingAJobKillsItsProcess() throws Exception {
    // Given
    var _ = bench.create(Kind.JOB, PLAIN, "sleeping", 0, "[worker, sleep]");
    var _ = bench.await(Kind.JOB, "sleeping", j -> j.at("/status/active").asInt() == 1);
    long deadline = System.nanoTime() + LabBench.PATIENCE.toNanos();
    while (sleepers().isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    List<ProcessHandle> before = sleepers();

    // When
    bench.delete(Kind.JOB, "sleeping");

    // Then
    bench.awaitGone(Kind.JOB, "sleeping");
    assertThat(before).isNotEmpty();
    while (!sleepers().isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    assertThat(sleepers()).isEmpty();
  }

  @Test
  void aGuestConversionIsPlayedAndMarksItsVolumeAlsoInSnapshots() throws Exception {
    // Given
    bench.land("win", TextGuests.disk("win", 1 << 20), "1Mi");

    // When
    var _ =
        bench.create(
            Kind.JOB,
            JOB.replace("job-disk", "win").replace("drover}", "somebody}"),
            "v2v",
            0,
            "[]");

    // Then
    var _ = bench.await(Kind.JOB, "v2v", j -> j.condition("Complete").equals("True"));
    var volumes = bench.cluster.volumes();
    assertThat(volumes.converted(bench.cluster.volumeOf("shop", "win").orElseThrow())).isTrue();
  }

  @Test
  void aPlayedJobFailsWhenARuleSaysSo() throws Exception {
    // Given
    var _ =
        bench
            .cluster
            .faults()
            .add(Fault.on(What.JOB_FAILS, "shop", "v2v-bad").message("no bootable root"));

    // When
    var _ = bench.create(Kind.JOB, PLAIN.replace("drover}", "somebody}"), "v2v-bad", 0, "[]");

    // Then
    var _ = bench.await(Kind.JOB, "v2v-bad", j -> j.condition("Failed").equals("True"));
    assertThat(podOf("v2v-bad").text("/status/containerStatuses/0/state/terminated/message"))
        .isEqualTo("no bootable root");
  }

  private static Doc podOf(String job) {
    return bench.kube.list(Kind.POD).stream()
        .filter(p -> p.label("batch.kubernetes.io/job-name").equals(job))
        .findFirst()
        .orElseThrow();
  }

  private static List<ProcessHandle> sleepers() {
    return ProcessHandle.current()
        .descendants()
        .filter(p -> p.info().commandLine().orElse("").contains("sleep 600"))
        .toList();
  }

  private static final String PLAIN =
      """
      apiVersion: batch/v1
      kind: Job
      metadata:
        name: %s
        namespace: shop
        labels: {app.kubernetes.io/managed-by: drover}
      spec:
        backoffLimit: %d
        template:
          spec:
            restartPolicy: Never
            containers:
            - name: worker
              image: example.test/drover:1
              args: %s
      """;

  private static final String JOB =
      PLAIN
          + """
                volumeDevices:
                - {name: disk0, devicePath: /dev/drover/disk0}
                volumeMounts:
                - {name: key, mountPath: /etc/key, readOnly: true}
              volumes:
              - {name: disk0, persistentVolumeClaim: {claimName: job-disk}}
              - {name: key, secret: {secretName: key}}
          """
              .indent(2);
}
