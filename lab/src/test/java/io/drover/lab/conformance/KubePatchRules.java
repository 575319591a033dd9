// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static io.drover.lab.conformance.KubeFixture.field;
import static io.drover.lab.conformance.KubeFixture.json;
import static io.drover.lab.conformance.KubeFixture.jsonPatch;
import static io.drover.lab.conformance.KubeFixture.mergePatch;
import static io.drover.lab.conformance.KubeFixture.quoted;
import static io.drover.lab.conformance.KubeFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Patches of every kind, and server-side apply. */
interface KubePatchRules extends KubeFixture {

  @Test
  default void a_merge_patch_sets_and_removes() {
    GenericKubernetesResource vm = vm("web-1");
    vm.getMetadata().setLabels(Map.of("wave", "1", "app", "shop"));
    resource(vm).create();

    GenericKubernetesResource patched =
        resource(vm)
            .patch(mergePatch(), quoted("{'metadata':{'labels':{'wave':null,'tier':'front'}}}"));

    assertThat(patched.getMetadata().getLabels()).containsOnlyKeys("app", "tier");
  }

  @Test
  default void a_patch_that_changes_nothing_keeps_the_version() {
    String version = resource(vm("web-1")).create().getMetadata().getResourceVersion();

    GenericKubernetesResource patched =
        resource(vm("web-1")).patch(mergePatch(), quoted("{'spec':{'runStrategy':'Halted'}}"));

    assertThat(patched.getMetadata().getResourceVersion()).isEqualTo(version);
  }

  @Test
  default void a_patch_for_another_object_of_that_name_is_invalid() {
    resource(vm("web-1")).create();

    var refusal =
        refusal(
            422,
            () ->
                resource(vm("web-1"))
                    .patch(
                        mergePatch(),
                        quoted(
                            "{'metadata':{'uid':'00000000-0000-0000-0000-000000000000'},'spec':{'runStrategy':'Always'}}")));

    assertThat(refusal.getStatus().getReason()).isEqualTo("Invalid");
    assertThat(refusal.getStatus().getMessage())
        .contains("metadata.uid")
        .contains("field is immutable");
  }

  @Test
  default void a_patch_of_a_stale_version_is_a_conflict() {
    String stale = resource(vm("web-1")).create().getMetadata().getResourceVersion();
    resource(vm("web-1")).patch(mergePatch(), quoted("{'metadata':{'labels':{'wave':'1'}}}"));

    var refusal =
        refusal(
            409,
            () ->
                resource(vm("web-1"))
                    .patch(
                        mergePatch(),
                        quoted(
                            "{'metadata':{'resourceVersion':'"
                                + stale
                                + "'},'spec':{'runStrategy':'Always'}}")));

    assertThat(refusal.getStatus().getReason()).isEqualTo("Conflict");
    assertThat(field(resource(vm("web-1")).get(), "/spec/runStrategy")).isEqualTo("Halted");
  }

  @Test
  default void a_patch_of_the_seen_version_and_uid_is_done() {
    GenericKubernetesResource seen = resource(vm("web-1")).create();

    GenericKubernetesResource patched =
        resource(vm("web-1"))
            .patch(
                mergePatch(),
                quoted(
                    "{'metadata':{'resourceVersion':'"
                        + seen.getMetadata().getResourceVersion()
                        + "','uid':'"
                        + seen.getMetadata().getUid()
                        + "'},'spec':{'runStrategy':'Always'}}"));

    assertThat(field(patched, "/spec/runStrategy")).isEqualTo("Always");
  }

  @Test
  default void a_json_patch_tests_before_it_writes() {
    resource(vm("web-1")).create();

    GenericKubernetesResource patched =
        resource(vm("web-1"))
            .patch(
                jsonPatch(),
                quoted(
                    "[{'op':'test','path':'/spec/runStrategy','value':'Halted'},"
                        + "{'op':'replace','path':'/spec/runStrategy','value':'Always'},"
                        + "{'op':'add','path':'/metadata/labels','value':{}},"
                        + "{'op':'add','path':'/metadata/labels/drover.io~1wave','value':'1'}]"));

    assertThat(field(patched, "/spec/runStrategy")).isEqualTo("Always");
    assertThat(patched.getMetadata().getLabels()).containsEntry("drover.io/wave", "1");
  }

  @Test
  default void a_json_patch_whose_test_fails_does_nothing() {
    resource(vm("web-1")).create();

    refusal(
        422,
        () ->
            resource(vm("web-1"))
                .patch(
                    jsonPatch(),
                    quoted(
                        "[{'op':'replace','path':'/spec/runStrategy','value':'Manual'},"
                            + "{'op':'test','path':'/metadata/uid','value':'another'}]")));

    assertThat(field(resource(vm("web-1")).get(), "/spec/runStrategy")).isEqualTo("Halted");
  }

  @Test
  default void a_json_patch_cannot_remove_what_is_not_there() {
    resource(vm("web-1")).create();

    refusal(
        422,
        () ->
            resource(vm("web-1"))
                .patch(jsonPatch(), quoted("[{'op':'remove','path':'/metadata/annotations/x'}]")));
  }

  @Test
  default void a_strategic_merge_patch_merges_keyed_lists() {
    client()
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("worker")
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("a")
                .withImage("a:1")
                .endContainer()
                .addNewContainer()
                .withName("b")
                .withImage("b:1")
                .endContainer()
                .endSpec()
                .build())
        .create();

    var patched =
        client()
            .pods()
            .inNamespace(namespace())
            .withName("worker")
            .patch(
                PatchContext.of(PatchType.STRATEGIC_MERGE),
                quoted("{'spec':{'containers':[{'name':'b','image':'b:2'}]}}"));

    assertThat(patched.getSpec().getContainers()).extracting("image").containsExactly("a:1", "b:2");
  }

  @Test
  default void a_custom_resource_takes_no_strategic_merge_patch() {
    resource(vm("web-1")).create();

    var refusal =
        refusal(
            415,
            () -> resource(vm("web-1")).patch(PatchContext.of(PatchType.STRATEGIC_MERGE), "{}"));

    assertThat(refusal.getStatus().getReason()).isEqualTo("UnsupportedMediaType");
  }

  @Test
  default void a_patch_of_nothing_is_not_found() {
    refusal(
        404,
        () ->
            resource(vm("web-1")).patch(mergePatch(), quoted("{'spec':{'runStrategy':'Always'}}")));
  }

  @Test
  default void apply_creates_what_is_not_there() {
    GenericKubernetesResource applied = apply("drover", false, vm("web-1"));

    assertThat(applied.getMetadata().getUid()).isNotEmpty();
    assertThat(applied.getMetadata().getManagedFields().getFirst().getManager())
        .isEqualTo("drover");
    assertThat(applied.getMetadata().getManagedFields().getFirst().getOperation())
        .isEqualTo("Apply");
  }

  @Test
  default void apply_of_the_same_changes_nothing() {
    String version = apply("drover", false, vm("web-1")).getMetadata().getResourceVersion();

    GenericKubernetesResource again = apply("drover", false, vm("web-1"));

    assertThat(again.getMetadata().getResourceVersion()).isEqualTo(version);
  }

  @Test
  default void apply_over_a_field_of_another_is_a_conflict() {
    apply("drover", false, vm("web-1"));
    GenericKubernetesResource other = vm("web-1");
    other.setAdditionalProperty("spec", json("{'runStrategy':'Always'}"));

    var refusal = refusal(409, () -> apply("somebody", false, other));

    assertThat(refusal.getStatus().getMessage())
        .isEqualTo("Apply failed with 1 conflict: conflict with \"drover\": .spec.runStrategy");
    assertThat(refusal.getStatus().getDetails().getCauses().getFirst().getReason())
        .isEqualTo("FieldManagerConflict");
  }

  @Test
  default void apply_with_force_takes_a_field_over() {
    apply("drover", false, vm("web-1"));
    GenericKubernetesResource other = vm("web-1");
    other.setAdditionalProperty("spec", json("{'runStrategy':'Always'}"));

    GenericKubernetesResource applied = apply("somebody", true, other);

    assertThat(field(applied, "/spec/runStrategy")).isEqualTo("Always");
    assertThat(field(applied, "/spec/template/spec/domain/devices")).isNotEqualTo("null");
    refusal(409, () -> apply("drover", false, vm("web-1")));
  }

  @Test
  default void apply_conflicts_with_what_an_update_wrote() {
    apply("drover", false, vm("web-1"));
    resource(vm("web-1"))
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withFieldManager("kubectl")
                .build(),
            quoted("{'spec':{'runStrategy':'Manual'}}"));

    var refusal = refusal(409, () -> apply("drover", false, vm("web-1")));

    assertThat(refusal.getStatus().getMessage())
        .isEqualTo(
            "Apply failed with 1 conflict: conflict with \"kubectl\" using kubevirt.io/v1: .spec.runStrategy");
  }

  @Test
  default void apply_removes_what_it_no_longer_names() {
    GenericKubernetesResource first = vm("web-1");
    first.getMetadata().setLabels(Map.of("wave", "1", "app", "shop"));
    apply("drover", false, first);
    resource(vm("web-1")).patch(mergePatch(), quoted("{'metadata':{'labels':{'theirs':'1'}}}"));
    GenericKubernetesResource second = vm("web-1");
    second.getMetadata().setLabels(Map.of("app", "shop"));

    GenericKubernetesResource applied = apply("drover", false, second);

    assertThat(applied.getMetadata().getLabels()).containsOnlyKeys("app", "theirs");
  }

  @Test
  default void apply_leaves_a_shared_field_to_the_other_owner() {
    GenericKubernetesResource shared = vm("web-1");
    shared.getMetadata().setLabels(Map.of("app", "shop"));
    apply("drover", false, shared);
    apply("somebody", false, shared);

    GenericKubernetesResource applied = apply("drover", false, vm("web-1"));

    assertThat(applied.getMetadata().getLabels()).containsEntry("app", "shop");
  }

  @Test
  default void apply_merges_keyed_lists_by_their_key() {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("worker")
            .withNamespace(namespace())
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("a")
            .withImage("a:1")
            .endContainer()
            .addNewContainer()
            .withName("b")
            .withImage("b:1")
            .endContainer()
            .endSpec()
            .build();
    client().resource(pod).fieldManager("drover").serverSideApply();
    pod.getMetadata().setResourceVersion(null);
    pod.getSpec().setContainers(List.of(pod.getSpec().getContainers().get(1)));
    pod.getSpec().getContainers().getFirst().setImage("b:2");

    var applied =
        client().resource(pod).fieldManager("somebody").forceConflicts().serverSideApply();

    assertThat(applied.getSpec().getContainers()).extracting("image").containsExactly("a:1", "b:2");
  }

  @Test
  default void apply_with_the_uid_of_nothing_is_a_conflict() {
    GenericKubernetesResource vm = vm("web-1");
    vm.getMetadata().setUid("00000000-0000-0000-0000-000000000000");

    var refusal = refusal(409, () -> apply("drover", false, vm));

    assertThat(refusal.getStatus().getMessage()).contains("uid mismatch");
  }

  @Test
  default void apply_dry_run_stores_nothing() {
    resource(vm("web-1")).dryRun().fieldManager("drover").serverSideApply();

    assertThat(resource(vm("web-1")).get()).isNull();
  }

  @Test
  default void data_of_a_config_map_is_owned_key_by_key() {
    var map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName("levels")
            .withNamespace(namespace())
            .endMetadata();
    client().resource(map.addToData("disk-0", "1").build()).fieldManager("one").serverSideApply();
    map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName("levels")
            .withNamespace(namespace())
            .endMetadata();

    var applied =
        client()
            .resource(map.addToData("disk-1", "2").build())
            .fieldManager("two")
            .serverSideApply();

    assertThat(applied.getData()).containsEntry("disk-0", "1").containsEntry("disk-1", "2");
  }

  default GenericKubernetesResource apply(
      String manager, boolean force, GenericKubernetesResource object) {
    var named = resource(object).fieldManager(manager);
    return force ? named.forceConflicts().serverSideApply() : named.serverSideApply();
  }
}
