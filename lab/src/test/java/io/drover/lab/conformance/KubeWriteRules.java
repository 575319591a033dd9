// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static io.drover.lab.conformance.KubeFixture.field;
import static io.drover.lab.conformance.KubeFixture.json;
import static io.drover.lab.conformance.KubeFixture.mergePatch;
import static io.drover.lab.conformance.KubeFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Creating and replacing objects. */
interface KubeWriteRules extends KubeFixture {

  @Test
  default void a_created_object_gets_identity_and_version() {
    GenericKubernetesResource created = resource(vm("web-1")).create();

    assertThat(created.getMetadata().getUid()).isNotEmpty();
    assertThat(created.getMetadata().getResourceVersion()).matches("\\d+");
    assertThat(created.getMetadata().getCreationTimestamp()).isNotEmpty();
    assertThat(created.getMetadata().getGeneration()).isEqualTo(1);
    assertThat(resource(vm("web-1")).get().getMetadata().getUid())
        .isEqualTo(created.getMetadata().getUid());
  }

  @Test
  default void a_second_create_is_refused_as_already_existing() {
    resource(vm("web-1")).create();

    var refusal = refusal(409, () -> resource(vm("web-1")).create());

    assertThat(refusal.getStatus().getReason()).isEqualTo("AlreadyExists");
    assertThat(refusal.getStatus().getMessage())
        .isEqualTo("virtualmachines.kubevirt.io \"web-1\" already exists");
    assertThat(refusal.getStatus().getDetails().getName()).isEqualTo("web-1");
  }

  @Test
  default void a_name_can_be_left_to_the_server() {
    GenericKubernetesResource vm = vm("web-1");
    vm.getMetadata().setName(null);
    vm.getMetadata().setGenerateName("web-");

    GenericKubernetesResource created = resource(vm).create();

    assertThat(created.getMetadata().getName()).matches("web-[a-z0-9]{5}");
  }

  @Test
  default void a_namespace_must_be_there() {
    GenericKubernetesResource vm = vm("web-1");
    vm.getMetadata().setNamespace("nowhere");

    var refusal = refusal(404, () -> resource(vm).create());

    assertThat(refusal.getStatus().getMessage()).isEqualTo("namespaces \"nowhere\" not found");
  }

  @Test
  default void a_name_must_be_one() {
    var refusal = refusal(422, () -> resource(vm("Web_1")).create());

    assertThat(refusal.getStatus().getReason()).isEqualTo("Invalid");
    assertThat(refusal.getStatus().getDetails().getCauses().getFirst().getField())
        .isEqualTo("metadata.name");
  }

  @Test
  default void a_virtual_machine_has_at_most_63_letters() {
    var refusal = refusal(422, () -> resource(vm("w".repeat(64))).create());

    assertThat(refusal.getStatus().getMessage())
        .contains("name cannot be longer than 63 characters");
  }

  @Test
  default void a_virtual_machine_says_once_whether_it_runs() {
    GenericKubernetesResource vm = vm("web-1");
    vm.setAdditionalProperty(
        "spec",
        json(
            "{'running':false,'runStrategy':'Halted','template':{'spec':{'domain':{'devices':{}}}}}"));

    var refusal = refusal(422, () -> resource(vm).create());

    assertThat(refusal.getStatus().getMessage())
        .contains("Running and RunStrategy are mutually exclusive");
  }

  @Test
  default void a_label_must_be_one() {
    GenericKubernetesResource vm = vm("web-1");
    vm.getMetadata().setLabels(Map.of("app", "two words"));

    var refusal = refusal(422, () -> resource(vm).create());

    assertThat(refusal.getStatus().getDetails().getCauses().getFirst().getField())
        .isEqualTo("metadata.labels");
  }

  @Test
  default void a_stale_update_is_a_conflict() {
    GenericKubernetesResource seen = resource(vm("web-1")).create();
    resource(vm("web-1")).patch(mergePatch(), "{\"metadata\":{\"labels\":{\"wave\":\"1\"}}}");
    seen.getMetadata().setLabels(Map.of("wave", "2"));

    var refusal = refusal(409, () -> resource(seen).update());

    assertThat(refusal.getStatus().getReason()).isEqualTo("Conflict");
    assertThat(refusal.getStatus().getMessage()).contains("the object has been modified");
  }

  @Test
  default void an_update_that_names_another_uid_is_a_conflict() {
    GenericKubernetesResource seen = resource(vm("web-1")).create();
    seen.getMetadata().setUid("00000000-0000-0000-0000-000000000000");

    var refusal = refusal(409, () -> resource(seen).update());

    assertThat(refusal.getStatus().getMessage())
        .contains("Precondition failed: UID in precondition");
  }

  @Test
  default void generation_counts_changes_of_the_spec_alone() {
    resource(vm("web-1")).create();
    resource(vm("web-1")).patch(mergePatch(), "{\"metadata\":{\"labels\":{\"wave\":\"1\"}}}");
    GenericKubernetesResource labelled = resource(vm("web-1")).get();

    GenericKubernetesResource changed =
        resource(vm("web-1")).patch(mergePatch(), "{\"spec\":{\"runStrategy\":\"Always\"}}");

    assertThat(labelled.getMetadata().getGeneration()).isEqualTo(1);
    assertThat(changed.getMetadata().getGeneration()).isEqualTo(2);
  }

  @Test
  default void status_is_written_through_its_own_resource() {
    resource(vm("web-1")).create();
    GenericKubernetesResource wanted = resource(vm("web-1")).get();
    wanted.setAdditionalProperty("status", json("{'printableStatus':'Running','ready':true}"));
    wanted.setAdditionalProperty(
        "spec", json("{'runStrategy':'Always','template':{'spec':{'domain':{'devices':{}}}}}"));

    GenericKubernetesResource written = resource(wanted).updateStatus();

    assertThat(field(written, "/status/printableStatus")).isEqualTo("Running");
    assertThat(field(written, "/spec/runStrategy")).isEqualTo("Halted");
    assertThat(written.getMetadata().getGeneration()).isEqualTo(1);
  }

  @Test
  default void an_update_leaves_status_alone() {
    resource(vm("web-1")).create();
    resource(vm("web-1"))
        .subresource("status")
        .patch(mergePatch(), "{\"status\":{\"ready\":true}}");
    GenericKubernetesResource wanted = resource(vm("web-1")).get();
    wanted.setAdditionalProperty("status", json("{'ready':false}"));
    wanted.getMetadata().setLabels(Map.of("wave", "1"));

    GenericKubernetesResource written = resource(wanted).update();

    assertThat(field(written, "/status/ready")).isEqualTo("true");
    assertThat(field(written, "/status/printableStatus")).isEqualTo("Stopped");
    assertThat(written.getMetadata().getLabels()).containsEntry("wave", "1");
  }

  @Test
  default void a_dry_run_answers_as_if_and_stores_nothing() {
    GenericKubernetesResource answered = resource(vm("web-1")).dryRun().create();

    assertThat(answered.getMetadata().getUid()).isNotEmpty();
    assertThat(resource(vm("web-1")).get()).isNull();
  }

  @Test
  default void a_dry_run_is_refused_like_the_real_thing() {
    resource(vm("web-1")).create();

    refusal(409, () -> resource(vm("web-1")).dryRun().create());
  }

  @Test
  default void a_dry_run_of_a_patch_changes_nothing() {
    String version = resource(vm("web-1")).create().getMetadata().getResourceVersion();

    GenericKubernetesResource answered =
        resource(vm("web-1"))
            .dryRun()
            .patch(mergePatch(), "{\"spec\":{\"runStrategy\":\"Always\"}}");

    assertThat(field(answered, "/spec/runStrategy")).isEqualTo("Always");
    assertThat(resource(vm("web-1")).get().getMetadata().getResourceVersion()).isEqualTo(version);
  }

  @Test
  default void the_text_of_a_secret_is_stored_as_its_data() {
    var secret =
        new SecretBuilder()
            .withNewMetadata()
            .withName("vcenter")
            .withNamespace(namespace())
            .endMetadata()
            .addToStringData("user", "drover")
            .build();

    var created = client().resource(secret).create();

    assertThat(created.getStringData()).isNullOrEmpty();
    assertThat(created.getData()).containsEntry("user", "ZHJvdmVy");
    assertThat(created.getType()).isEqualTo("Opaque");
  }

  @Test
  default void a_claim_waits_for_its_volume_under_protection() {
    var claim = client().resource(claim("disk-0", "1Gi")).create();

    assertThat(claim.getStatus().getPhase()).isEqualTo("Pending");
    assertThat(claim.getSpec().getVolumeMode()).isEqualTo("Filesystem");
    assertThat(claim.getMetadata().getFinalizers()).contains("kubernetes.io/pvc-protection");
  }

  @Test
  default void a_job_is_completed_by_the_server() {
    var job =
        new JobBuilder()
            .withNewMetadata()
            .withName("read-back")
            .withNamespace(namespace())
            .endMetadata()
            .withNewSpec()
            .withNewTemplate()
            .withNewSpec()
            .withRestartPolicy("Never")
            .addNewContainer()
            .withName("worker")
            .withImage("drover:1")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();

    var created = client().resource(job).create();

    assertThat(created.getSpec().getBackoffLimit()).isEqualTo(6);
    assertThat(created.getSpec().getSelector().getMatchLabels())
        .containsEntry("batch.kubernetes.io/controller-uid", created.getMetadata().getUid());
    assertThat(created.getSpec().getTemplate().getMetadata().getLabels())
        .containsEntry("job-name", "read-back");
  }

  @Test
  default void a_lease_is_taken_by_compare_and_set() {
    var lease =
        client()
            .resource(
                new LeaseBuilder()
                    .withNewMetadata()
                    .withName("owner")
                    .withNamespace(namespace())
                    .endMetadata()
                    .withNewSpec()
                    .withHolderIdentity("a")
                    .endSpec()
                    .build())
            .create();
    lease.getSpec().setHolderIdentity("b");
    client().resource(lease).update();
    lease.getSpec().setHolderIdentity("c");

    refusal(409, () -> client().resource(lease).update());
  }

  default io.fabric8.kubernetes.api.model.PersistentVolumeClaim claim(String name, String size) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace())
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withNewResources()
        .addToRequests("storage", new Quantity(size))
        .endResources()
        .endSpec()
        .build();
  }
}
