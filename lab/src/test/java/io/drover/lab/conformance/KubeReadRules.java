// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static io.drover.lab.conformance.KubeFixture.mergePatch;
import static io.drover.lab.conformance.KubeFixture.quoted;
import static io.drover.lab.conformance.KubeFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reading: selectors, pages, discovery. */
interface KubeReadRules extends KubeFixture {

  default NonNamespaceOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      vms() {
    return client()
        .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
        .inNamespace(namespace());
  }

  default void herd() {
    for (int i = 0; i < 5; i++) {
      GenericKubernetesResource vm = vm("web-" + i);
      vm.getMetadata()
          .setLabels(i % 2 == 0 ? Map.of("wave", "w" + i) : Map.of("wave", "w" + i, "odd", "yes"));
      resource(vm).create();
    }
  }

  default List<String> selected(String labels) {
    return names(vms().withLabelSelector(labels).list());
  }

  default List<String> names(GenericKubernetesResourceList list) {
    return list.getItems().stream().map(vm -> vm.getMetadata().getName()).toList();
  }

  @Test
  default void labels_select() {
    herd();

    assertThat(selected("wave in (w1,w2,w3),odd")).containsExactly("web-1", "web-3");
    assertThat(selected("wave notin (w1),!odd")).containsExactly("web-0", "web-2", "web-4");
    assertThat(selected("odd!=yes")).containsExactly("web-0", "web-2", "web-4");
    assertThat(selected("wave=w1")).containsExactly("web-1");
    assertThat(selected("other")).isEmpty();
  }

  @Test
  default void the_name_selects_as_a_field() {
    herd();

    assertThat(names(vms().withField("metadata.name", "web-2").list())).containsExactly("web-2");
  }

  @Test
  default void a_field_that_is_not_indexed_is_refused() {
    var refusal = refusal(400, () -> vms().withField("spec.runStrategy", "Halted").list());

    assertThat(refusal.getStatus().getMessage())
        .contains("field label not supported: spec.runStrategy");
  }

  @Test
  default void pods_are_selected_by_phase() {
    for (String name : List.of("done", "waiting")) {
      client()
          .resource(
              new PodBuilder()
                  .withNewMetadata()
                  .withName(name)
                  .withNamespace(namespace())
                  .endMetadata()
                  .withNewSpec()
                  .addNewContainer()
                  .withName("c")
                  .withImage("i")
                  .endContainer()
                  .endSpec()
                  .build())
          .create();
    }
    client()
        .pods()
        .inNamespace(namespace())
        .withName("done")
        .subresource("status")
        .patch(mergePatch(), quoted("{'status':{'phase':'Succeeded'}}"));

    var pods =
        client().pods().inNamespace(namespace()).withField("status.phase", "Succeeded").list();

    assertThat(pods.getItems())
        .extracting(pod -> pod.getMetadata().getName())
        .containsExactly("done");
  }

  @Test
  default void a_list_comes_in_pages_of_one_moment() {
    herd();
    List<String> names = new ArrayList<>();
    var page = vms().list(new ListOptionsBuilder().withLimit(2L).build());
    String version = page.getMetadata().getResourceVersion();
    names.addAll(names(page));
    resource(vm("web-3")).delete();

    while (page.getMetadata().getContinue() != null
        && !page.getMetadata().getContinue().isEmpty()) {
      page =
          vms()
              .list(
                  new ListOptionsBuilder()
                      .withLimit(2L)
                      .withContinue(page.getMetadata().getContinue())
                      .build());
      names.addAll(names(page));
    }

    assertThat(names).containsExactly("web-0", "web-1", "web-2", "web-3", "web-4");
    assertThat(page.getMetadata().getResourceVersion()).isEqualTo(version);
  }

  @Test
  default void a_page_says_how_many_remain() {
    herd();

    var page = vms().list(new ListOptionsBuilder().withLimit(2L).build());

    assertThat(page.getMetadata().getRemainingItemCount()).isEqualTo(3);
  }

  @Test
  default void a_continue_token_must_be_the_servers() {
    refusal(
        400, () -> vms().list(new ListOptionsBuilder().withLimit(2L).withContinue("mine").build()));
  }

  @Test
  default void a_list_covers_all_namespaces() {
    herd();

    var all =
        client()
            .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
            .inAnyNamespace()
            .withLabel("wave", "w1")
            .list();

    assertThat(all.getItems())
        .extracting(vm -> vm.getMetadata().getNamespace())
        .contains(namespace());
  }

  @Test
  default void the_server_tells_its_version() {
    assertThat(client().getKubernetesVersion().getMajor()).isEqualTo("1");
    assertThat(Integer.parseInt(client().getKubernetesVersion().getMinor()))
        .isGreaterThanOrEqualTo(30);
  }

  @Test
  default void discovery_lists_groups_and_resources() {
    assertThat(client().getApiGroups().getGroups())
        .extracting("name")
        .contains(
            "batch",
            "kubevirt.io",
            "cdi.kubevirt.io",
            "snapshot.storage.k8s.io",
            "storage.k8s.io",
            "k8s.cni.cncf.io");

    List<APIResource> resources = client().getApiResources("kubevirt.io/v1").getResources();

    assertThat(resources)
        .extracting("name")
        .contains("virtualmachines", "virtualmachines/status", "virtualmachineinstances");
    assertThat(
            resources.stream()
                .filter(r -> r.getName().equals("virtualmachines"))
                .findFirst()
                .orElseThrow()
                .getVerbs())
        .contains(
            "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
  }

  @Test
  default void a_client_can_ask_whether_a_kind_is_served() {
    assertThat(client().supports("kubevirt.io/v1", "VirtualMachine")).isTrue();
    assertThat(client().supports("forklift.konveyor.io/v1beta1", "Plan")).isFalse();
  }

  @Test
  default void definitions_of_custom_resources_can_be_looked_at() {
    var definition =
        client()
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName("datavolumes.cdi.kubevirt.io")
            .get();

    assertThat(definition.getSpec().getNames().getKind()).isEqualTo("DataVolume");
    assertThat(definition.getStatus().getConditions())
        .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True"));
  }

  @Test
  default void an_unknown_resource_is_not_found() {
    refusal(
        404,
        () ->
            client()
                .raw(
                    "/apis/kubevirt.io/v1/namespaces/" + namespace() + "/herds", "POST", Map.of()));
  }

  @Test
  default void the_log_of_an_unknown_pod_is_not_found() {
    refusal(404, () -> client().pods().inNamespace(namespace()).withName("nobody").getLog());
  }
}
