// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static io.drover.lab.conformance.KubeFixture.await;
import static io.drover.lab.conformance.KubeFixture.json;
import static io.drover.lab.conformance.KubeFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.api.ApiCall;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectRulesReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who may do what, how much of it, and APIs that somebody else answers. */
interface KubeAccessRules extends KubeFixture {

  default KubernetesClient limited() {
    return new KubernetesClientBuilder().withConfig(world().limited()).build();
  }

  default SelfSubjectAccessReview mayCreateVms() {
    return new SelfSubjectAccessReviewBuilder()
        .withNewSpec()
        .withNewResourceAttributes()
        .withNamespace(namespace())
        .withGroup("kubevirt.io")
        .withResource("virtualmachines")
        .withVerb("create")
        .endResourceAttributes()
        .endSpec()
        .build();
  }

  private void letLimitedCreateVms() {
    client()
        .resource(
            new RoleBuilder()
                .withNewMetadata()
                .withName("mover")
                .withNamespace(namespace())
                .endMetadata()
                .addNewRule()
                .withApiGroups("kubevirt.io")
                .withResources("virtualmachines")
                .withVerbs("create", "get")
                .endRule()
                .build())
        .create();
    client()
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withName("mover")
                .withNamespace(namespace())
                .endMetadata()
                .withNewRoleRef()
                .withApiGroup("rbac.authorization.k8s.io")
                .withKind("Role")
                .withName("mover")
                .endRoleRef()
                .addNewSubject()
                .withApiGroup("rbac.authorization.k8s.io")
                .withKind("User")
                .withName("lab-limited")
                .endSubject()
                .build())
        .create();
  }

  @Test
  default void an_unknown_token_is_unauthorized() {
    try (KubernetesClient stranger =
        new KubernetesClientBuilder()
            .withConfig(new ConfigBuilder(world().admin()).withOauthToken("guess").build())
            .build()) {
      var refusal = refusal(401, () -> stranger.pods().inNamespace(namespace()).list());

      assertThat(refusal.getStatus().getReason()).isEqualTo("Unauthorized");
    }
  }

  @Test
  default void what_is_not_allowed_is_forbidden() {
    try (KubernetesClient limited = limited()) {
      var refusal = refusal(403, () -> limited.resource(vm("web-1")).create());

      assertThat(refusal.getStatus().getMessage())
          .isEqualTo(
              "virtualmachines.kubevirt.io is forbidden: User \"lab-limited\" cannot create resource \"virtualmachines\" in API group"
                  + " \"kubevirt.io\" in the namespace \""
                  + namespace()
                  + "\"");
    }
  }

  @Test
  default void a_user_can_ask_what_it_may() {
    try (KubernetesClient limited = limited()) {
      assertThat(limited.resource(mayCreateVms()).create().getStatus().getAllowed()).isFalse();
      assertThat(client().resource(mayCreateVms()).create().getStatus().getAllowed()).isTrue();
    }
  }

  @Test
  default void a_role_allows_what_it_says_and_no_more() {
    letLimitedCreateVms();
    try (KubernetesClient limited = limited()) {
      await(
          "the role is in force",
          () -> limited.resource(mayCreateVms()).create().getStatus().getAllowed());

      GenericKubernetesResource created = limited.resource(vm("web-1")).create();

      assertThat(created.getMetadata().getUid()).isNotEmpty();
      refusal(403, () -> limited.resource(vm("web-1")).delete());
      refusal(403, () -> limited.resource(vm("web-1")).updateStatus());
    }
  }

  @Test
  default void the_rules_of_a_user_can_be_listed() {
    letLimitedCreateVms();
    try (KubernetesClient limited = limited()) {
      await(
          "the role is in force",
          () -> limited.resource(mayCreateVms()).create().getStatus().getAllowed());

      var review =
          limited
              .resource(
                  new SelfSubjectRulesReviewBuilder()
                      .withNewSpec()
                      .withNamespace(namespace())
                      .endSpec()
                      .build())
              .create();

      assertThat(review.getStatus().getResourceRules())
          .anyMatch(rule ->
              rule.getResources().contains("virtualmachines")
                  && rule.getVerbs().contains("create"));
    }
  }

  @Test
  default void a_quota_of_storage_is_kept() {
    quota(Map.of("requests.storage", new Quantity("3Gi")));
    client().resource(claimOf("disk-0", "2Gi")).create();

    var refusal = refusal(403, () -> client().resource(claimOf("disk-1", "2Gi")).create());

    assertThat(refusal.getStatus().getMessage())
        .isEqualTo(
            "persistentvolumeclaims \"disk-1\" is forbidden: exceeded quota: herd, requested: requests.storage=2Gi, used:"
                + " requests.storage=2Gi, limited: requests.storage=3Gi");
  }

  @Test
  default void a_quota_of_objects_is_kept() {
    quota(Map.of("count/datavolumes.cdi.kubevirt.io", new Quantity("1")));
    resource(dataVolume("disk-0")).create();

    var refusal = refusal(403, () -> resource(dataVolume("disk-1")).dryRun().create());

    assertThat(refusal.getStatus().getMessage())
        .contains("exceeded quota: herd, requested: count/datavolumes.cdi.kubevirt.io=1");
  }

  @Test
  default void a_quota_tells_what_is_used() {
    quota(Map.of("requests.storage", new Quantity("3Gi")));
    client().resource(claimOf("disk-0", "2Gi")).create();

    await(
        "2Gi are booked",
        () ->
            client()
                .resourceQuotas()
                .inNamespace(namespace())
                .withName("herd")
                .get()
                .getStatus()
                .getUsed()
                .get("requests.storage")
                .equals(new Quantity("2Gi")));
  }

  private void quota(Map<String, Quantity> hard) {
    client()
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName("herd")
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .withHard(hard)
                .endSpec()
                .build())
        .create();
    await(
        "the quota is counted",
        () -> {
          var status =
              client().resourceQuotas().inNamespace(namespace()).withName("herd").get().getStatus();
          return status != null && status.getUsed() != null && !status.getUsed().isEmpty();
        });
  }

  private io.fabric8.kubernetes.api.model.PersistentVolumeClaim claimOf(String name, String size) {
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

  @Test
  default void an_aggregated_api_is_answered_by_its_own_server() {
    world().serve(new UploadTokens());
    String path =
        "/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/" + namespace() + "/uploadtokenrequests";
    Map<String, Object> request =
        json(
            "{'apiVersion':'upload.cdi.kubevirt.io/v1beta1','kind':'UploadTokenRequest','metadata':{'name':'t'},'spec':{'pvcName':'disk-0'}}");
    await(
        "the API is there",
        () ->
            client().getApiGroups().getGroups().stream()
                .anyMatch(group -> group.getName().equals("upload.cdi.kubevirt.io")));

    String[] answer = new String[1];
    await(
        "the API answers",
        () -> {
          try {
            answer[0] = client().raw(path, "POST", request);
            return true;
          } catch (io.fabric8.kubernetes.client.KubernetesClientException notYet) {
            return notYet.getCode() != 503 && notYet.getCode() != 404;
          }
        });

    assertThat(answer[0]).contains("token-of-lab-admin-for-" + namespace());
  }

  /** Answers as CDI's upload API does, with a token that shows who asked. */
  final class UploadTokens implements AggregatedApi {
    @Override
    public String group() {
      return "upload.cdi.kubevirt.io";
    }

    @Override
    public String version() {
      return "v1beta1";
    }

    @Override
    public ObjectNode resources() {
      ObjectNode list =
          JsonNodeFactory.instance
              .objectNode()
              .put("kind", "APIResourceList")
              .put("apiVersion", "v1");
      list.put("groupVersion", "upload.cdi.kubevirt.io/v1beta1");
      ObjectNode resource = list.putArray("resources").addObject();
      resource
          .put("name", "uploadtokenrequests")
          .put("singularName", "uploadtokenrequest")
          .put("namespaced", true);
      resource.put("kind", "UploadTokenRequest").putArray("verbs").add("create");
      return list;
    }

    @Override
    public Answer answer(ApiCall request) {
      ObjectNode answer =
          JsonNodeFactory.instance
              .objectNode()
              .put("kind", "UploadTokenRequest")
              .put("apiVersion", "upload.cdi.kubevirt.io/v1beta1");
      answer.putObject("metadata");
      String user = request.user() == null ? "nobody" : request.user().name();
      answer
          .putObject("status")
          .put("token", "token-of-" + user + "-for-" + request.path().split("/")[5]);
      return Answer.json(201, answer);
    }
  }
}
