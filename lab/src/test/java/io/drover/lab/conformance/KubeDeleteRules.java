// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static io.drover.lab.conformance.KubeFixture.await;
import static io.drover.lab.conformance.KubeFixture.mergePatch;
import static io.drover.lab.conformance.KubeFixture.quoted;
import static io.drover.lab.conformance.KubeFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Deletion: preconditions, finalizers, owners, namespaces, and what is still in use. */
interface KubeDeleteRules extends KubeFixture {

  @Test
  default void a_deleted_object_is_gone() {
    resource(vm("web-1")).create();

    var details = resource(vm("web-1")).delete();

    assertThat(details).hasSize(1);
    assertThat(resource(vm("web-1")).get()).isNull();
  }

  @Test
  default void a_dry_run_of_a_delete_deletes_nothing() {
    resource(vm("web-1")).create();

    resource(vm("web-1")).dryRun().delete();

    assertThat(resource(vm("web-1")).get()).isNotNull();
  }

  @Test
  default void a_delete_of_another_version_is_a_conflict() {
    String stale = resource(vm("web-1")).create().getMetadata().getResourceVersion();
    resource(vm("web-1")).patch(mergePatch(), quoted("{'metadata':{'labels':{'wave':'1'}}}"));

    var refusal = refusal(409, () -> resource(vm("web-1")).lockResourceVersion(stale).delete());

    assertThat(refusal.getStatus().getReason()).isEqualTo("Conflict");
    assertThat(resource(vm("web-1")).get()).isNotNull();
  }

  @Test
  default void a_delete_of_another_uid_is_a_conflict() {
    resource(vm("web-1")).create();

    var refusal =
        refusal(
            409,
            () ->
                client()
                    .raw(
                        "/apis/kubevirt.io/v1/namespaces/" + namespace() + "/virtualmachines/web-1",
                        "DELETE",
                        Map.of(
                            "preconditions",
                            Map.of("uid", "00000000-0000-0000-0000-000000000000"))));

    assertThat(refusal.getStatus().getMessage()).contains("the UID in the precondition");
    assertThat(resource(vm("web-1")).get()).isNotNull();
  }

  @Test
  default void a_delete_of_the_seen_uid_is_done() {
    String uid = resource(vm("web-1")).create().getMetadata().getUid();

    client()
        .raw(
            "/apis/kubevirt.io/v1/namespaces/" + namespace() + "/virtualmachines/web-1",
            "DELETE",
            Map.of("preconditions", Map.of("uid", uid)));

    assertThat(resource(vm("web-1")).get()).isNull();
  }

  @Test
  default void a_finalizer_holds_an_object_until_it_is_removed() {
    GenericKubernetesResource vm = vm("web-1");
    vm.getMetadata().setFinalizers(List.of("kubevirt.io/virtualMachineControllerFinalize"));
    resource(vm).create();
    resource(vm("web-1")).delete();
    GenericKubernetesResource marked = resource(vm("web-1")).get();

    resource(vm("web-1")).patch(mergePatch(), quoted("{'metadata':{'finalizers':null}}"));

    assertThat(marked.getMetadata().getDeletionTimestamp()).isNotEmpty();
    assertThat(marked.getMetadata().getGeneration()).isEqualTo(2);
    assertThat(resource(vm("web-1")).get()).isNull();
  }

  @Test
  default void an_object_that_goes_away_gets_no_new_finalizer() {
    GenericKubernetesResource vm = vm("web-1");
    vm.getMetadata().setFinalizers(List.of("kubevirt.io/virtualMachineControllerFinalize"));
    resource(vm).create();
    resource(vm("web-1")).delete();

    refusal(
        422,
        () ->
            resource(vm("web-1"))
                .patch(
                    mergePatch(),
                    quoted(
                        "{'metadata':{'finalizers':['kubevirt.io/virtualMachineControllerFinalize','a.b/c']}}")));

    resource(vm("web-1")).patch(mergePatch(), quoted("{'metadata':{'finalizers':null}}"));
  }

  @Test
  default void many_are_deleted_by_label() {
    for (String name : List.of("web-1", "web-2", "db-1")) {
      GenericKubernetesResource vm = vm(name);
      vm.getMetadata().setLabels(Map.of("tier", name.substring(0, name.indexOf('-'))));
      resource(vm).create();
    }

    client()
        .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
        .inNamespace(namespace())
        .withLabel("tier", "web")
        .delete();

    assertThat(
            client()
                .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
                .inNamespace(namespace())
                .list()
                .getItems())
        .extracting(vm -> vm.getMetadata().getName())
        .containsExactly("db-1");
  }

  @Test
  default void what_an_object_owns_goes_with_it() {
    GenericKubernetesResource owner = resource(vm("web-1")).create();
    owned("level-2", owner, false);

    resource(vm("web-1")).delete();

    await(
        "the config map is collected",
        () -> client().configMaps().inNamespace(namespace()).withName("level-2").get() == null);
  }

  @Test
  default void an_owner_deleted_in_the_foreground_waits_for_what_it_owns() {
    GenericKubernetesResource owner = resource(vm("web-1")).create();
    var dependent = owned("level-2", owner, true);
    client()
        .resource(dependent)
        .patch(mergePatch(), quoted("{'metadata':{'finalizers':['drover.io/held']}}"));

    resource(vm("web-1")).withPropagationPolicy(DeletionPropagation.FOREGROUND).delete();

    await(
        "the config map is marked",
        () ->
            client()
                    .configMaps()
                    .inNamespace(namespace())
                    .withName("level-2")
                    .get()
                    .getMetadata()
                    .getDeletionTimestamp()
                != null);
    assertThat(resource(vm("web-1")).get().getMetadata().getFinalizers())
        .containsExactly("foregroundDeletion");
    client().resource(dependent).patch(mergePatch(), quoted("{'metadata':{'finalizers':null}}"));
    await("the owner is gone", () -> resource(vm("web-1")).get() == null);
  }

  @Test
  default void orphans_stay_without_their_owner() {
    GenericKubernetesResource owner = resource(vm("web-1")).create();
    owned("level-2", owner, false);

    resource(vm("web-1")).withPropagationPolicy(DeletionPropagation.ORPHAN).delete();

    await("the owner is gone", () -> resource(vm("web-1")).get() == null);
    assertThat(
            client()
                .configMaps()
                .inNamespace(namespace())
                .withName("level-2")
                .get()
                .getMetadata()
                .getOwnerReferences())
        .isNullOrEmpty();
  }

  @Test
  default void a_job_leaves_what_it_owns_unless_told_otherwise() {
    Job job =
        client()
            .resource(
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
                    .build())
            .create();

    owned("level-2", job, false);

    client()
        .raw("/apis/batch/v1/namespaces/" + namespace() + "/jobs/read-back", "DELETE", Map.of());

    await("the job is gone", () -> client().resource(job).get() == null);
    assertThat(
            client()
                .configMaps()
                .inNamespace(namespace())
                .withName("level-2")
                .get()
                .getMetadata()
                .getOwnerReferences())
        .isNullOrEmpty();
  }

  @Test
  default void a_claim_in_use_stays_until_its_pod_is_gone() {
    client()
        .resource(
            new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("disk-0")
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withNewResources()
                .addToRequests("storage", new Quantity("1Gi"))
                .endResources()
                .endSpec()
                .build())
        .create();
    // Protection looks at pods that have a node: only those can have the volume mounted.
    Pod pod =
        client()
            .resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withName("launcher")
                    .withNamespace(namespace())
                    .endMetadata()
                    .withNewSpec()
                    .withNodeName("node-1")
                    .addNewContainer()
                    .withName("compute")
                    .withImage("launcher:1")
                    .endContainer()
                    .addNewVolume()
                    .withName("disk")
                    .withNewPersistentVolumeClaim()
                    .withClaimName("disk-0")
                    .endPersistentVolumeClaim()
                    .endVolume()
                    .endSpec()
                    .build())
            .create();

    client().persistentVolumeClaims().inNamespace(namespace()).withName("disk-0").delete();

    var marked =
        client().persistentVolumeClaims().inNamespace(namespace()).withName("disk-0").get();
    assertThat(marked.getMetadata().getDeletionTimestamp()).isNotEmpty();
    client().resource(pod).withGracePeriod(0).delete();
    await(
        "the claim is gone",
        () ->
            client().persistentVolumeClaims().inNamespace(namespace()).withName("disk-0").get()
                == null);
  }

  @Test
  default void a_pod_on_a_node_is_given_time_to_end() {
    Pod pod =
        client()
            .resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withName("launcher")
                    .withNamespace(namespace())
                    .endMetadata()
                    .withNewSpec()
                    .withNodeName("node-1")
                    .addNewContainer()
                    .withName("compute")
                    .withImage("launcher:1")
                    .endContainer()
                    .endSpec()
                    .build())
            .create();

    client().resource(pod).delete();

    Pod ending = client().resource(pod).get();
    assertThat(ending.getMetadata().getDeletionGracePeriodSeconds()).isEqualTo(30);
    client().resource(pod).withGracePeriod(0).delete();
    assertThat(client().resource(pod).get()).isNull();
  }

  @Test
  default void a_namespace_takes_what_is_in_it_along() {
    String doomed = namespace() + "-x";
    client()
        .resource(new NamespaceBuilder().withNewMetadata().withName(doomed).endMetadata().build())
        .create();
    GenericKubernetesResource vm = vm("web-1");
    vm.getMetadata().setNamespace(doomed);
    vm.getMetadata().setFinalizers(List.of("drover.io/held"));
    resource(vm).create();

    client().namespaces().withName(doomed).delete();

    await(
        "the VM is marked", () -> resource(vm).get().getMetadata().getDeletionTimestamp() != null);
    GenericKubernetesResource late = vm("web-2");
    late.getMetadata().setNamespace(doomed);
    var refusal = refusal(403, () -> resource(late).create());
    assertThat(refusal.getStatus().getMessage()).contains("because it is being terminated");
    resource(vm).patch(mergePatch(), quoted("{'metadata':{'finalizers':null}}"));
    await("the namespace is gone", () -> client().namespaces().withName(doomed).get() == null);
  }

  default HasMetadata owned(String name, HasMetadata owner, boolean blocks) {
    OwnerReference reference =
        new OwnerReferenceBuilder()
            .withApiVersion(owner.getApiVersion())
            .withKind(owner.getKind())
            .withName(owner.getMetadata().getName())
            .withUid(owner.getMetadata().getUid())
            .withBlockOwnerDeletion(blocks)
            .build();
    return client()
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace())
                .withOwnerReferences(reference)
                .endMetadata()
                .build())
        .create();
  }
}
